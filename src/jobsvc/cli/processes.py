"""The processes of the service: one of the API, and a worker. A signal stops them in order, also while they start."""

import asyncio
import contextlib
import gc
import os
import resource
import signal
import socket
import threading
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from jobsvc.cli.stopping import StopRequest, run_until_stopped

if TYPE_CHECKING:
    from jobsvc.services.health import HealthService
    from jobsvc.services.metrics import MetricsService
    from jobsvc.settings import Settings

OTHER_FILES = 600
"""Beside connections: of the database, of downloads and uploads, and connections that are being closed."""


def answer(chosen: "Settings", inherited: Sequence[int], name: str, *, with_parent: bool) -> None:
    """Be a process of the API; `inherited` are the descriptors that listen already, if there are any.

    Raises:
        JobsvcError: The database cannot be used.
        StackProblem: The port cannot be had.
    """
    from jobsvc import logging
    from jobsvc.app import create_app, serve
    from jobsvc.server.configured import configured
    from jobsvc.server.limits import Limits
    from jobsvc.server.unready import answering
    from jobsvc.stack.listening import bind
    from jobsvc.tracing.exporting import exporting

    logging.configure(chosen, process=name)
    if with_parent:
        _end_with_parent()
    # Who calls before the service is ready is refused, and not kept waiting: a gateway then asks another one.
    sockets = [_inherited(number) for number in inherited] or bind(chosen.host, chosen.port)
    app = create_app(chosen, answering(chosen, sockets))
    limits = Limits(connections=_room_for(-(-chosen.max_connections // chosen.processes)))
    logs_refusals = chosen.access_log != "off"
    config = configured(app, chosen.host, chosen.port, limits, logs_refusals=logs_refusals, stop_seconds=chosen.stop_seconds)
    with exporting("api"), asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(run_until_stopped(lambda stopping: serve(app, config, sockets, stopping.then)))


def work(chosen: "Settings", *, with_parent: bool) -> None:
    """Be a worker.

    Raises:
        JobsvcError: The database cannot be used.
        StackProblem: The port for probes cannot be had.
    """
    from jobsvc import logging
    from jobsvc.stack.listening import listen
    from jobsvc.tracing.exporting import exporting

    logging.configure(chosen)
    if with_parent:
        _end_with_parent()
    port = chosen.health_port
    sockets = listen(chosen.health_host, port, "JOBSVC_HEALTH_PORT") if port else []
    with exporting("worker"):
        asyncio.run(run_until_stopped(partial(_work, chosen, sockets)))
    # All is closed and written. To look for cycles in what is left would take longer than the end of an idle worker.
    gc.freeze()


async def _work(chosen: "Settings", sockets: Sequence[socket.socket], stopping: StopRequest) -> None:
    from jobsvc import opening, wiring
    from jobsvc.server.unready import answering
    from jobsvc.services.clock import utc_now
    from jobsvc.services.health import HealthService
    from jobsvc.services.metrics import MetricsService
    from jobsvc.services.threads import begin_threads

    begin_threads()
    async with opening.open_database(chosen, answering(chosen, sockets)) as database:
        await wiring.ensure_defaults(chosen, database)
        await wiring.log_start(database, part="worker", slots=chosen.slots, engines=",".join(chosen.engines))
        components = await wiring.open_worker(chosen, database)
        health = HealthService(database, components.log_store)

        def stop() -> None:
            health.begin_stopping()
            components.loop.stop()

        stopping.then(stop)
        background = asyncio.create_task(wiring.maintenance(chosen, database, components.log_store).run())
        try:
            async with _answering_probes(health, MetricsService(database, utc_now), sockets):
                await components.loop.run()
        finally:
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            await wiring.close_worker(database, components)
            wiring.log_stop(part="worker")


@contextlib.asynccontextmanager
async def _answering_probes(
    health: "HealthService", metrics: "MetricsService", sockets: Sequence[socket.socket]
) -> AsyncIterator[None]:
    """Answer `/livez`, `/readyz` and `/metrics` on these sockets, if there are any, until the end of the block."""
    if not sockets:
        yield
        return
    from jobsvc.api.probes import Probes
    from jobsvc.server.beside import served

    watching = asyncio.create_task(metrics.watch())
    try:
        async with served(Probes(health=health, metrics=metrics), sockets):
            yield
    finally:
        watching.cancel()


def _room_for(connections: int) -> int:
    """How many connections may be open of so many, after the process may open as many files as it needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + OTHER_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return max(soft - OTHER_FILES, 1)
    return connections


def _inherited(number: int) -> socket.socket:
    listening = socket.socket(fileno=number)
    listening.set_inheritable(False)
    return listening


def _end_with_parent() -> None:
    """Stop in order when the process that holds the other end of stdin is gone, however it went."""

    def watch() -> None:
        # The plain descriptor: a buffered reader would hold its lock while the interpreter shuts down.
        while os.read(0, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
