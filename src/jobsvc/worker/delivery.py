"""Brings lines to the log store, and knows how it does: one for all executions of a worker."""

import asyncio
import time
from collections.abc import Sequence
from functools import partial

import structlog

from jobsvc.db.retry import retrying
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.ports.log_store import LogLine, LogStore

log = structlog.get_logger(__name__)
BATCH_LINES = 5000
APPENDS_AT_ONCE = 4
"""The store may be the database of the leases: lines must not take all its connections."""
APPEND_SECONDS = 30.0
STUCK_SECONDS = 5.0
"""The store counts as away when it has had lines before it for so long and taken none."""
MAX_PAUSE_SECONDS = 5.0
"""Between two attempts."""
WARNING_SECONDS = 30.0


class Delivery:
    """Hands lines to a store in batches, a few at a time."""

    def __init__(self, store: LogStore) -> None:
        self._store = store
        self._places = asyncio.Semaphore(APPENDS_AT_ONCE)
        self._waiting_since: float | None = None
        self._warned = -WARNING_SECONDS
        self._delayed = False

    @property
    def is_stuck(self) -> bool:
        """Whether the store has taken nothing of what was offered for some seconds."""
        return self._waiting_since is not None and time.monotonic() - self._waiting_since > STUCK_SECONDS

    @property
    def lag(self) -> float:
        """Seconds for which the store has taken nothing of what was offered."""
        return 0.0 if self._waiting_since is None else time.monotonic() - self._waiting_since

    async def deliver(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Try until the store has the lines, whatever it takes."""
        note = partial(self.warn, execution=execution_id)
        for batch in _batches(lines):
            # Whatever it says: a fault of the store must not cost a job its lines either.
            await retrying(Exception, note, MAX_PAUSE_SECONDS)(self._append, execution_id, batch)

    async def offer(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Try once; raises LogsUnavailable, or what else the store says."""
        for batch in _batches(lines):
            await self._append(execution_id, batch)

    async def _append(self, execution_id: int, batch: Sequence[LogLine]) -> None:
        if self._waiting_since is None:
            self._waiting_since = time.monotonic()
        async with self._places:
            try:
                async with asyncio.timeout(APPEND_SECONDS):
                    await self._store.append(execution_id, batch)
            except TimeoutError as exc:
                raise LogsUnavailable(f"The log store has not answered for {APPEND_SECONDS:.0f} s.") from exc
        self._waiting_since = None
        if self._delayed:
            self._delayed = False
            log.info("logs.resumed")

    def warn(self, problem: Exception, **facts: object) -> None:
        """Say in the worker's log that lines have to wait, though not each time."""
        if time.monotonic() - self._warned >= WARNING_SECONDS:
            self._warned = time.monotonic()
            self._delayed = True
            unexpected = None if isinstance(problem, LogsUnavailable) else problem
            log.warning("logs.delayed", problem=str(problem), exc_info=unexpected, **facts)


def _batches(lines: Sequence[LogLine]) -> list[Sequence[LogLine]]:
    return [lines[start : start + BATCH_LINES] for start in range(0, len(lines), BATCH_LINES)]
