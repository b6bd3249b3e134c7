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
"""What ran this long may die anew without the longer waits."""


class Kept(Protocol):
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


class Care:
    """When to start one thing again."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._failures = 0
        self._started = time.monotonic()
        self._due: float | None = None

    def look(self) -> None:
        """Start it again if it does not run and its time has come; what hinders that is said, and tried again."""
        try:
            if self._due is None and not self._kept.is_running():
                self._plan(self._kept.ending())
            elif self._due is not None and time.monotonic() >= self._due:
                self._start()
        except Exception as problem:  # noqa: BLE001 - whatever it is, it must not end the keeper
            self._plan(f"{type(problem).__name__}: {problem}")

    def _start(self) -> None:
        self._kept.start()
        self._due, self._started = None, time.monotonic()
        log.info("stack.restarted", part=self._kept.name)

    def _plan(self, problem: str) -> None:
        is_new = self._due is None and time.monotonic() - self._started > STEADY_SECONDS
        self._failures = 1 if is_new else self._failures + 1
        wait = RESTART_SECONDS[min(self._failures, len(RESTART_SECONDS)) - 1]
        self._due = time.monotonic() + wait
        log.error("stack.down", part=self._kept.name, problem=problem, failures=self._failures, next_try_seconds=wait)


class Keeper:
    """A thread that looks after all things until `stop`. It does not end before, or `has_failed` tells."""

    def __init__(self, kept: Sequence[Kept]) -> None:
        self._kept = kept
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
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
        cares = [Care(each) for each in self._kept]
        try:
            while not self._stopping.wait(POLL_SECONDS):
                for care in cares:
                    if not self._stopping.is_set():
                        care.look()
        except BaseException:
            self.has_failed = True
            log.critical("stack.unkept", exc_info=True)
