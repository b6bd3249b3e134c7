"""The whole service on one machine: the embedded PostgreSQL, an API process and a worker process, kept alive.

The database belongs to this process; API and worker are children that end when it does, even when it is killed.
"""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx

from jobsvc import wiring
from jobsvc.embedded import EmbeddedPostgres, EmbeddedUnavailable
from jobsvc.settings import Settings

PARTS = ("serve", "worker")
START_SECONDS = 60.0
RESTART_SECONDS = (0.2, 1.0, 5.0)
"""Waits before a part that died is started again; the last one holds from then on."""
STEADY_SECONDS = 60.0
"""A part that lived this long may die anew without the longer waits."""


class StackProblem(RuntimeError):
    """The service cannot be started; the text says why and what to do."""


class Part:
    """A child process that is started again when it dies."""

    def __init__(self, name: str, environment: Mapping[str, str], output: IO[bytes] | None) -> None:
        self.name = name
        self._environment = dict(environment)
        self._output = output
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._deaths = 0

    @property
    def pid(self) -> int | None:
        """The id of the process that runs now."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Run `jobsvc NAME`; the pipe on its stdin tells it when this process is gone."""
        self._close_pipe()
        command = [sys.executable, "-m", "jobsvc", self.name, "--with-parent"]
        # A session of its own: Ctrl-C is for this process, which then stops the parts in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env=self._environment,
            start_new_session=True,
        )
        self._started = time.monotonic()

    def has_died(self) -> bool:
        """Whether the process ended without having been stopped."""
        return self._process is not None and self._process.poll() is not None

    def wait_before_restart(self) -> float:
        """Seconds to wait, growing with deaths in a row."""
        self._deaths = 0 if time.monotonic() - self._started > STEADY_SECONDS else self._deaths + 1
        return RESTART_SECONDS[min(self._deaths, len(RESTART_SECONDS) - 1)]

    def stop(self) -> None:
        """Ask the process to end; `join` waits for it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def join(self) -> None:
        """Wait until the process has ended."""
        if self._process is not None:
            self._process.wait()
            self._close_pipe()

    def _close_pipe(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


class Stack:
    """Start with `with`, then `wait`. Everything stops at the end of the block."""

    def __init__(self, settings: Settings, *, log_file: Path | None = None) -> None:
        self._settings = settings
        self._log_file = log_file
        self._server = EmbeddedPostgres(settings.data_dir) if settings.database_url is None else None
        self._parts: list[Part] = []
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None
        self._files = contextlib.ExitStack()

    @property
    def url(self) -> str:
        """Where the API answers."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        shown = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - compared, not bound
        return f"http://{shown}:{self._settings.port}"

    @property
    def pids(self) -> dict[str, int | None]:
        """The processes of the parts, by name."""
        return {part.name: part.pid for part in self._parts}

    def __enter__(self) -> Self:
        """Start everything and wait until the API answers."""
        try:
            self._require_free_port()
            if self._server is not None:
                self._server.start()
            else:
                asyncio.run(wiring.check_database(self._settings))
            output = self._open_log()
            environment = os.environ | self._settings.as_environment()
            self._parts = [Part(name, environment, output) for name in PARTS]
            for part in self._parts:
                part.start()
            self._keeper = threading.Thread(target=self._keep_alive, daemon=True)
            self._keeper.start()
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        """Stop everything."""
        self.stop()

    def wait(self) -> int:
        """Block until Ctrl-C or SIGTERM; gives the exit code."""
        told = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: told.set())
        told.wait()
        return 0

    def stop(self) -> None:
        """Stop the parts, then the database. Idempotent."""
        self._stopping.set()
        if self._keeper is not None:
            self._keeper.join()
        for part in self._parts:
            part.stop()
        for part in self._parts:
            part.join()
        if self._server is not None:
            self._server.stop()
        self._files.close()

    def _keep_alive(self) -> None:
        while not self._stopping.wait(0.2):
            if self._server is not None:
                with contextlib.suppress(EmbeddedUnavailable):
                    self._server.ensure()
            for part in self._parts:
                if part.has_died() and not self._stopping.wait(part.wait_before_restart()):
                    part.start()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/v6/version/", timeout=2, trust_env=False).is_success:
                    return
            if self._parts[0].has_died():
                raise StackProblem(f"The API ended while it started{self._see_log()}")
            time.sleep(0.05)
        raise StackProblem(f"The API does not answer at {self.url} after {START_SECONDS:.0f} s{self._see_log()}")

    def _require_free_port(self) -> None:
        address = (self._settings.host, self._settings.port)
        family = socket.AF_INET6 if ":" in self._settings.host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as problem:
                raise StackProblem(
                    f"Port {address[1]} of {address[0]} cannot be used ({problem.strerror}). "
                    "Set JOBSVC_PORT to another one, or stop what listens there."
                ) from problem

    def _open_log(self) -> IO[bytes] | None:
        if self._log_file is None:
            return None
        return self._files.enter_context(self._log_file.open("ab"))

    def _see_log(self) -> str:
        return f"; see {self._log_file}." if self._log_file is not None else "."
