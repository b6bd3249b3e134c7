"""Starts the service in order, and stops it in order."""

import asyncio
import contextlib
import os
import socket
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx
import structlog

from jobsvc import metrics, opening
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.settings import Settings
from jobsvc.stack.child import ChildProcess
from jobsvc.stack.listening import StackProblem, listen
from jobsvc.stack.supervisor import ChildSupervisor

log = structlog.get_logger(__name__)
START_SECONDS = 60.0
STOP_SECONDS = 15.0
"""How long a part may take to end, beyond what its executions are waited for."""


class Database:
    """The embedded server as something to keep running."""

    name = "postgres"

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._server = server

    def start(self) -> None:
        """Bring the server back."""
        self._server.ensure()

    def is_running(self) -> bool:
        """Whether it runs, which looking brings about.

        Raises:
            EmbeddedUnavailable: The server cannot be used; the text says why.
        """
        self._server.ensure()
        return True

    def ending(self) -> str:
        """Never asked for: the exception says it."""
        return "it does not run"


class Stack:
    """Start with `with`. Everything stops at the end of the block."""

    def __init__(self, settings: Settings, *, log_file: Path | None = None, has_worker: bool = True) -> None:
        self._settings = settings
        self._has_worker = has_worker
        self._log_file = log_file
        self._server = EmbeddedPostgres(settings.data_dir) if settings.database_url is None else None
        self._sockets: list[socket.socket] = []
        self._apis: list[ChildProcess] = []
        self._children: list[ChildProcess] = []
        self._supervisor: ChildSupervisor | None = None
        self._files = contextlib.ExitStack()

    @property
    def url(self) -> str:
        """Where the API answers."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        shown = {"0.0.0.0": "127.0.0.1", "[::]": "127.0.0.1"}.get(host, host)  # noqa: S104 - compared, not bound
        return f"http://{shown}:{self._settings.port}"

    @property
    def engines(self) -> tuple[str, ...]:
        """What runs jobs, as the settings name it."""
        return self._settings.engines

    @property
    def pids(self) -> dict[str, int | None]:
        """The processes of the parts, by name."""
        return {part.name: part.pid for part in self._children}

    @property
    def has_failed(self) -> bool:
        """Whether nothing looks after the parts any more, which is no state to stay in."""
        return self._supervisor is not None and self._supervisor.has_failed

    def __enter__(self) -> Self:
        """Start everything and wait until the API answers."""
        try:
            self._sockets = listen(self._settings.host, self._settings.port)
            if self._server is not None:
                self._server.start()
            else:
                asyncio.run(opening.check_database(self._settings))
            self._start_parts()
            self._wait_until_it_answers()
            self._keep()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        """Stop everything."""
        self.stop()

    def stop(self) -> None:
        """Stop the parts, then the database. Idempotent."""
        with contextlib.ExitStack() as last_first:
            last_first.callback(self._files.close)
            if self._server is not None:
                last_first.callback(self._server.stop)
            last_first.callback(self._stop_parts)
            if self._supervisor is not None:
                last_first.callback(self._supervisor.stop)

    def _start_parts(self) -> None:
        output = self._open_log()
        environment = os.environ | self._settings.as_environment()
        count = self._settings.processes
        numbers = range(1, count + 1) if count > 1 else [None]
        together = environment | ({metrics.DIRECTORY: self._metrics_dir()} if count > 1 else {})
        self._apis = [ChildProcess("serve", together, output, self._sockets, number) for number in numbers]
        self._children = [*self._apis, *([ChildProcess("worker", environment, output)] if self._has_worker else [])]
        for part in self._children:
            part.start()

    def _metrics_dir(self) -> str:
        """Where the processes of the API count together; it goes when they have ended."""
        return self._files.enter_context(tempfile.TemporaryDirectory(prefix="jobsvc-metrics-"))

    def _keep(self) -> None:
        database = [Database(self._server)] if self._server is not None else []
        self._supervisor = ChildSupervisor([*database, *self._children])
        self._supervisor.start()

    def _stop_parts(self) -> None:
        for item in self._sockets:
            item.close()
        for part in self._children:
            part.stop()
        seconds = max(self._settings.drain_seconds + self._settings.grace_seconds, self._settings.stop_seconds) + STOP_SECONDS
        deadline = time.monotonic() + seconds
        for part in self._children:
            if not part.join(deadline - time.monotonic()):
                log.error("stack.killed", child=part.name, problem=f"it did not end within {seconds:.0f} s")

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        # One that waits for its schema, which may take any time, says only that it lives.
        path = "/livez" if self._settings.migrate == "wait" else "/v6/version/"
        with httpx.Client(base_url=self.url, timeout=0.5, trust_env=False) as client:
            while time.monotonic() < deadline:
                # Without descriptors or memory, this process cannot look or start anything: not yet.
                with contextlib.suppress(httpx.HTTPError, OSError):
                    self._require_api()
                    if client.get(path).is_success:
                        return
                time.sleep(0.05)
        raise StackProblem(f"The API does not answer at {self.url} after {START_SECONDS:.0f} s{self._see_log()}")

    def _require_api(self) -> None:
        """What ends by itself will do so again; what was killed may come up the next time."""
        for api in self._apis:
            if api.is_running():
                continue
            if not api.was_killed:
                raise StackProblem(f"The API ended while it started: {api.ending()}{self._see_log()}")
            log.error("stack.down", child=api.name, problem=api.ending())
            api.start()

    def _open_log(self) -> IO[bytes] | None:
        if self._log_file is None:
            return None
        return self._files.enter_context(self._log_file.open("ab"))

    def _see_log(self) -> str:
        return f"; see {self._log_file}." if self._log_file is not None else "."
