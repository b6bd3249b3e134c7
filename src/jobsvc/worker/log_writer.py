"""Brings the lines of one execution to the log store: in batches, in order, and all of them."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogStore

log = structlog.get_logger(__name__)

BATCH_LINES = 5000
BATCH_SECONDS = 0.1
"""How long lines gather: short enough for a reader who follows, long enough for batches."""
PENDING_BYTES = 64 * 2**20
"""Memory for lines that the store has not taken; beyond it the job's pipe fills, and the job waits."""
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


class LogWriter:
    """The log sink of one execution. Lines are numbered from 1, and their times never go back."""

    def __init__(self, store: LogStore, execution_id: int, *, cluster_id: str, node: str, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._execution_id = execution_id
        self._cluster_id = cluster_id
        self._node = node
        self._clock = clock
        self._pending: list[LogLine] = []
        self._bytes = 0
        self._number = 0
        self._last: datetime | None = None
        self._closing = False
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._shipping = asyncio.create_task(self._ship())

    async def write(self, stream: Stream, line: bytes) -> None:
        """Take one line; waits while too many are under way."""
        await self._room.wait()
        now = self._clock()
        self._last = now if self._last is None or now > self._last else self._last
        self._number += 1
        message = readable(line)
        self._pending.append(LogLine(self._last, self._number, stream, message, self._cluster_id, self._execution_id, self._node))
        self._bytes += len(message)
        if self._bytes > PENDING_BYTES:
            self._room.clear()
        self._arrived.set()

    async def close(self) -> None:
        """Wait until the store has every line."""
        self._closing = True
        self._arrived.set()
        await self._shipping

    async def abandon(self) -> None:
        """Stop shipping: the execution belongs to somebody else."""
        self._shipping.cancel()
        await asyncio.gather(self._shipping, return_exceptions=True)

    async def _ship(self) -> None:
        while True:
            await self._arrived.wait()
            if not self._closing:
                await asyncio.sleep(BATCH_SECONDS)
            self._arrived.clear()
            while self._pending:
                batch = self._pending[:BATCH_LINES]
                await self._append(batch)
                del self._pending[: len(batch)]
                self._bytes -= sum(len(line.message) for line in batch)
                self._room.set()
            if self._closing and not self._pending:
                return

    async def _append(self, batch: list[LogLine]) -> None:
        attempt = 0
        while True:
            try:
                await self._store.append(self._execution_id, batch)
            except LogsUnavailable as problem:
                delay = RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)]
                attempt += 1
                log.warning("logs.delayed", execution=self._execution_id, lines=len(batch), problem=problem.detail)
                await asyncio.sleep(delay)
            else:
                return


def readable(line: bytes) -> str:
    r"""The line as text that any store takes: bytes that are no UTF-8, and NUL, are written as `\xff` and `\x00`."""
    return line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")
