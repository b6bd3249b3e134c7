"""Keeps things running: what died is started again, and again after longer waits while that does not help."""

import threading
import time
from collections.abc import Sequence
from typing import Protocol

import structlog

log = structlog.get_logger(__name__)
POLL_SECONDS = 0.2
RESTART_SECONDS = (0.2, 1.0, 5.0, 15.0)
"""Waits before something is started again, by failures in a row; the last one holds from then on."""
STEADY_SECONDS = 10.0
"""What ran this long may die again without the longer waits."""


class Supervised(Protocol):
    """Something that has to run."""

    @property
    def name(self) -> str:
        """What people call it."""

    def start(self) -> None:
        """Bring it back; raises whatever hinders that."""

    def is_running(self) -> bool:
        """Whether it runs; may raise what hinders it."""

    def ending(self) -> str:
        """Why it does not run."""


class RestartPolicy:
    """When to start one thing again."""

    def __init__(self, supervised: Supervised) -> None:
        self._supervised = supervised
        self._failures = 0
        self._started = time.monotonic()
        self._due: float | None = None

    def check(self) -> None:
        """Start it again if it does not run and its time has come; what hinders that is said, and tried again."""
        try:
            if self._due is None and not self._supervised.is_running():
                self._plan(self._supervised.ending())
            elif self._due is not None and time.monotonic() >= self._due:
                self._start()
        except Exception as exc:  # noqa: BLE001 - whatever it is, it must not end the keeper
            self._plan(f"{type(exc).__name__}: {exc}")

    def _start(self) -> None:
        self._supervised.start()
        self._due, self._started = None, time.monotonic()
        log.info("stack.restarted", child=self._supervised.name)

    def _plan(self, problem: str) -> None:
        is_new = self._due is None and time.monotonic() - self._started > STEADY_SECONDS
        self._failures = 1 if is_new else self._failures + 1
        wait = RESTART_SECONDS[min(self._failures, len(RESTART_SECONDS)) - 1]
        self._due = time.monotonic() + wait
        log.error("stack.down", child=self._supervised.name, problem=problem, failures=self._failures, next_try_seconds=wait)


class ChildSupervisor:
    """A thread that looks after all things until `stop`. It does not end before, or `has_failed` says so."""

    def __init__(self, supervised: Sequence[Supervised]) -> None:
        self._supervised = supervised
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor", daemon=True)
        self.has_failed = False

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """Start nothing any more. Idempotent."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        policies = [RestartPolicy(item) for item in self._supervised]
        try:
            while not self._stopping.wait(POLL_SECONDS):
                for policy in policies:
                    if not self._stopping.is_set():
                        policy.check()
        except BaseException:
            self.has_failed = True
            log.critical("stack.supervisor_failed", exc_info=True)
