"""Commands that are the service: up, serve, worker, migrate; and what an operator needs beside: settings, token."""

import asyncio
import contextlib
import os
import resource
import secrets
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jobsvc.cli.codes import ExitCode
from jobsvc.cli.exposure import listening_problem, working_problem
from jobsvc.cli.stopping import Stopped, StopSignals

if TYPE_CHECKING:
    from jobsvc.services.health import HealthService
    from jobsvc.settings import Settings


OTHER_FILES = 600
"""Beside connections: of the database, of downloads and uploads, and connections that are being closed."""


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    for command in (up, serve, worker, migrate, settings, openapi, token):
        app.command()(command)


def up() -> None:
    """Run the whole service: database, API and worker.

    The database is the embedded PostgreSQL, unless JOBSVC_DATABASE_URL is set. Data survive restarts.
    """
    signals = StopSignals()
    with contextlib.suppress(Stopped), problems_in_one_line():
        chosen = _checked()
        _require_none(_place_problem(chosen))
        _keep_running(chosen, signals, has_worker=True)


def serve(
    *,
    processes: int | None = typer.Option(None, min=1, max=64, help="How many processes answer requests. [JOBSVC_PROCESSES]"),
    with_parent: bool = typer.Option(False, "--with-parent", hidden=True),
    name: str = typer.Option("", hidden=True, help="What the log calls the process."),
    sockets: list[int] = typer.Option([], "--socket", hidden=True, help="Descriptors that listen already."),
) -> None:
    """Run only the API."""
    chosen = _checked()
    if processes is not None:
        chosen = chosen.model_copy(update={"processes": processes})
    if chosen.processes > 1 and not with_parent:
        signals = StopSignals()
        with contextlib.suppress(Stopped), problems_in_one_line():
            _keep_running(chosen, signals, has_worker=False)
    else:
        _answer(chosen, sockets, name, with_parent=with_parent)


def _keep_running(chosen: "Settings", signals: StopSignals, *, has_worker: bool) -> None:
    """Run the processes of the service until a signal comes."""
    from jobsvc import logging
    from jobsvc.stack import Stack

    logging.configure(chosen)
    with Stack(chosen, has_worker=has_worker) as stack:
        # Whether or not somebody listens, the service runs.
        with contextlib.suppress(OSError):
            typer.echo(f"jobsvc answers at {stack.url} (API documentation: {stack.url}/docs). Ctrl-C stops it.", err=True)
        if not signals.wait(stack):
            raise typer.Exit(ExitCode.FAILED)


def _answer(chosen: "Settings", sockets: list[int], name: str, *, with_parent: bool) -> None:
    """Be a process of the API."""
    from jobsvc import logging, wiring
    from jobsvc.app import Server, create_app
    from jobsvc.server.configured import configured
    from jobsvc.server.limits import Limits

    logging.configure(chosen, process=name)
    if with_parent:
        _end_with_parent()
    with problems_in_one_line():
        asyncio.run(wiring.check_database(chosen))
        app = create_app(chosen)
        limits = Limits(connections=_room_for(-(-chosen.max_connections // chosen.processes)))
        config = configured(app, chosen.host, chosen.port, limits, logs_refusals=chosen.access_log != "off")
        Server(config, app).run([_inherited(item) for item in sockets] or None)


def worker(*, with_parent: bool = typer.Option(False, "--with-parent", hidden=True)) -> None:
    """Run one worker; any number may run at the same time."""
    from jobsvc import logging
    from jobsvc.stack.listening import listen

    chosen = chosen_settings()
    _require_none(working_problem(chosen) or _place_problem(chosen))
    logging.configure(chosen)
    if with_parent:
        _end_with_parent()
    with problems_in_one_line():
        port = chosen.health_port
        asyncio.run(_work(chosen, listen(chosen.health_host, port, "JOBSVC_HEALTH_PORT") if port else []))


def migrate() -> None:
    """Upgrade the database to the newest schema."""
    from jobsvc import wiring

    async def run() -> None:
        async with wiring.open_database(chosen_settings()):
            typer.echo("The database is at the newest schema.")

    with problems_in_one_line():
        asyncio.run(run())


def settings() -> None:
    """Print all settings as a Markdown table."""
    from jobsvc.settings import Settings

    typer.echo("| variable | default | meaning |\n| --- | --- | --- |")
    for name, field in Settings.model_fields.items():
        default = "" if field.default_factory else str(field.default if field.default not in {None, ()} else "")
        shown = {"data_dir": "the user's data directory"}.get(name, f"`{default}`" if default else "not set")
        typer.echo(f"| `JOBSVC_{name.upper()}` | {shown} | {field.description} |")


def openapi(directory: Path = typer.Argument(help="Directory to write the documents to.")) -> None:
    """Write the OpenAPI document of each generation."""
    from jobsvc.app import openapi_documents

    directory.mkdir(parents=True, exist_ok=True)
    for name, text in openapi_documents().items():
        (directory / f"{name}.json").write_text(text)
        typer.echo(f"{directory / name}.json")


def token(name: str = typer.Argument(help="Name of the user.")) -> None:
    """Create a token for a user.

    Prints the secret for its user, and the entry for JOBSVC_TOKENS.
    """
    from jobsvc.api.middleware import digest_of

    secret = secrets.token_urlsafe(32)
    typer.echo(f"token:          {secret}")
    typer.echo(f"JOBSVC_TOKENS:  {name}:{digest_of(secret)}")


@contextlib.asynccontextmanager
async def _answering_probes(health: "HealthService", sockets: Sequence[socket.socket]) -> AsyncIterator[None]:
    """Answer `/livez` and `/readyz` on these sockets, if there are any, until the end of the block."""
    if not sockets:
        yield
        return
    from jobsvc.api.probes import Probes
    from jobsvc.server.beside import served

    async with served(Probes(health=health), sockets):
        yield


async def _work(chosen: "Settings", sockets: Sequence[socket.socket]) -> None:
    from jobsvc import wiring
    from jobsvc.services.health import HealthService
    from jobsvc.services.threads import begin_threads

    begin_threads()
    async with wiring.open_database(chosen) as database:
        await wiring.ensure_defaults(chosen, database)
        await wiring.log_start(database, part="worker", slots=chosen.slots, engines=",".join(chosen.engines))
        components = await wiring.open_worker(chosen, database)
        health = HealthService(database, components.log_store)

        def stop() -> None:
            health.begin_stopping()
            components.loop.stop()

        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        background = asyncio.create_task(wiring.maintenance(chosen, database, components.log_store).run())
        try:
            async with _answering_probes(health, sockets):
                await components.loop.run()
        finally:
            background.cancel()
            await asyncio.gather(background, return_exceptions=True)
            await wiring.close_worker(database, components)
            wiring.log_stop(part="worker")


def chosen_settings() -> "Settings":
    """The settings of this process; what is wrong with them ends it."""
    from jobsvc.settings import SettingsProblem, read_settings

    try:
        return read_settings()
    except SettingsProblem as exc:
        typer.echo(f"jobsvc: {exc}", err=True)
        raise typer.Exit(2) from exc


def _checked() -> "Settings":
    """The settings, when they are safe: a service that runs commands is not for strangers."""
    chosen = chosen_settings()
    _require_none(listening_problem(chosen))
    return chosen


def _place_problem(chosen: "Settings") -> str:
    """Why jobs cannot run where and as whom the settings say; empty when they can."""
    from jobsvc.engine_factories import job_place
    from jobsvc.settings import SettingsProblem

    try:
        job_place(chosen)
    except SettingsProblem as problem:
        return str(problem)
    return ""


def _require_none(problem: str) -> None:
    if problem:
        typer.echo(f"jobsvc: {problem}", err=True)
        raise typer.Exit(2)


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


@contextlib.contextmanager
def problems_in_one_line() -> Iterator[None]:
    """Say what keeps the service from running, without a traceback where the cause is known."""
    from jobsvc.domain.errors import JobsvcError
    from jobsvc.embedded import EmbeddedUnavailable
    from jobsvc.stack import StackProblem

    try:
        yield
    except (EmbeddedUnavailable, JobsvcError, StackProblem) as exc:
        typer.echo(f"jobsvc: {exc}", err=True)
        raise typer.Exit(1) from exc
