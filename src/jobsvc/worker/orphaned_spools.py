"""Brings to the log store what is left in spools when their executions are over.

Those of this worker that ended while the store was away, and those of workers of this host that died.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Container, Mapping
from pathlib import Path

import structlog

from jobsvc.db.retry import retrying
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.worker.delivery import MAX_PAUSE_SECONDS, Delivery
from jobsvc.worker.spool import LeftFile, MemoryPart
from jobsvc.worker.spool_dir import SpoolDir, execution_of
from jobsvc.worker.spool_reader import SpoolReader

log = structlog.get_logger(__name__)
HELD_PARTS = 32
"""How many ends of logs are kept in memory, little more than 1 MiB each, that the disk did not take."""
LOOK_SECONDS = 5.0
"""How often is looked for workers that died meanwhile."""


class OrphanedSpoolShipper:
    """Works off one file after the other, so that an outage costs the same however many executions ended in it."""

    def __init__(self, own: SpoolDir, running: Container[int], delivery: Delivery) -> None:
        """`running`: the executions of this worker that bring their lines to the store themselves."""
        self._own = own
        self._running = running
        self._delivery = delivery
        self._held: deque[MemoryPart] = deque()
        self._begun: dict[Path, int] = {}
        self._nudged = asyncio.Event()

    def add(self, untaken: MemoryPart | None, begun: Mapping[Path, int]) -> None:
        """Say that an execution of this worker left something.

        `untaken`: what the disk did not take of it; `begun`: up to where the store has a file, so that it is not sent twice.
        """
        self._begun.update(begun)
        if untaken is not None:
            self._held.append(untaken)
        while len(self._held) > HELD_PARTS:
            _report_lost(self._held.popleft())
        self._nudged.set()

    def close(self) -> None:
        """Return up what is held in memory."""
        for part in self._held:
            _report_lost(part)

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            self._nudged.clear()
            # Whatever it says, the files are still there.
            await retrying(Exception, self._delivery.warn, MAX_PAUSE_SECONDS)(self.ship)
            await self._wait()

    async def ship(self) -> None:
        """Bring everything to the store that nobody else does.

        Raises:
            LogsUnavailable: The log store is away.
            OSError: The file system refuses.
        """
        # Files before what is held: where an execution has both, that is its end, and a last line says that all are there.
        await self._ship_files(self._own)
        for part in list(self._held):
            if await self._ship_part(part):
                with contextlib.suppress(ValueError):  # more came meanwhile than can be held
                    self._held.remove(part)
        for root in await asyncio.to_thread(self._own.others):
            # Whoever holds the lock is at it alone; it is held by nobody who died.
            if taken := SpoolDir.take_over(root):
                try:
                    await self._ship_files(taken)
                finally:
                    taken.close()

    async def _ship_files(self, directory: SpoolDir) -> None:
        own = directory is self._own
        for file in await asyncio.to_thread(directory.files):
            # What was running when the files were listed may have ended since, with nothing left.
            is_left = not (own and execution_of(file) in self._running) and file.exists()
            if is_left and await self._ship_part(LeftFile(file), self._begun.get(file, 0)):
                self._begun.pop(file, None)

    async def _ship_part(self, part: LeftFile | MemoryPart, begin: int = 0) -> bool:
        try:
            await self._ship_all(part, begin)
        except LogsUnavailable:
            raise
        except Exception as exc:  # noqa: BLE001 - one file that makes trouble must not keep back all others
            self._delivery.warn(exc, part=str(part))
            return False
        return True

    async def _ship_all(self, part: LeftFile | MemoryPart, begin: int) -> None:
        reader = SpoolReader(part.open, begin)
        end = part.size
        while reader.position < end:
            lines = await asyncio.to_thread(reader.read, end)
            if reader.head is not None:
                await self._delivery.offer(reader.head.execution_id, lines)
        part.remove()
        log.info("logs.shipped", part=str(part), bytes=end)

    async def _wait(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._nudged.wait()


def _report_lost(part: MemoryPart) -> None:
    log.error("logs.lost", part=str(part), bytes=part.size)
