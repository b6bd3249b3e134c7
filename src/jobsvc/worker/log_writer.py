"""Takes the lines of one execution: onto the disk at once, and from there to the log store."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime
from math import inf

import structlog

from jobsvc.domain.status import Stream
from jobsvc.services.clock import Clock
from jobsvc.worker.delivery import Delivery
from jobsvc.worker.spool import MemoryPart, Spool
from jobsvc.worker.spool_reader import SpoolReader
from jobsvc.worker.spool_records import pack

log = structlog.get_logger(__name__)
GATHER_SECONDS = 0.1
"""Between two deliveries: short enough for a reader who follows, long enough for batches. The first line does not wait."""
ROOM_SECONDS = 0.05
AGAIN_SECONDS = 1.0
BEHIND_SECONDS = 30.0
"""How long the end of an execution waits for a store that takes lines, but more slowly than the job wrote them."""


class LogWriter:
    """The log sink of one execution. Lines are numbered from 1, and their times never go back.

    A job waits for the store only when the spool is full and the store takes lines, though slowly. While the store
    is away nothing waits for it: what finds no room is counted, and a line says so in its place.
    """

    def __init__(self, spool: Spool, delivery: Delivery, clock: Clock) -> None:
        self._spool = spool
        self._delivery = delivery
        self._clock = clock
        self._number = 0
        self._missing = 0
        self._last = clock()
        self._reader = SpoolReader(spool.open_first)
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self._shipped = -inf
        self._shipping: asyncio.Task[None] | None = None
        """Begun with the first line: most executions that are many write none."""

    async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:
        """Take lines, all of one time; a line end inside of one makes it two."""
        if not lines:
            return
        while not self._keep(stream, lines, at):
            if self._delivery.is_stuck:
                self._miss(len(lines))
                return
            await asyncio.sleep(ROOM_SECONDS)
        self._pass_on()

    async def settle(self) -> None:
        """Wait until the store has every line; not for a store that is away, nor for ever."""
        if self._missing:
            mark, following = self._mark()
            self._spool.append(mark, beyond_limit=True)
            self._number, self._missing = following - 1, 0
            self._pass_on()
        self._ended.set()
        if self._shipping is None:
            return
        self._arrived.set()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + BEHIND_SECONDS
        while not self._shipping.done() and not self._delivery.is_stuck and loop.time() < give_up:
            await asyncio.wait([self._shipping], timeout=0.1)

    def resume(self) -> None:
        """Take lines again after all; `settle` is called once more then."""
        self._ended.clear()
        if self._shipping is not None and self._shipping.done():
            self._shipping = None

    @property
    def line_count(self) -> int:
        """How many lines were written, those included that say what is missing."""
        return self._number

    @property
    def last_time(self) -> datetime:
        """The time of the last line, before which no later one may be."""
        return self._last

    def resume_at(self, line_count: int, last_time: datetime) -> None:
        """Go on as after so many lines."""
        self._number, self._last = line_count, last_time

    async def leave(self) -> MemoryPart | None:
        """Stop; what the store has not got stays in the spool's directory, but for what the disk does not take."""
        if self._shipping is not None:
            self._shipping.cancel()
            await asyncio.gather(self._shipping, return_exceptions=True)
        return self._spool.close()

    def _pass_on(self) -> None:
        if self._shipping is None:
            self._shipping = asyncio.create_task(self._ship())
        self._arrived.set()

    def _keep(self, stream: Stream, lines: Sequence[bytes], at: datetime | None) -> bool:
        """Put lines into the spool, after one that says what is missing before them; all of it or nothing."""
        text = b"\n".join(lines)
        mark, first = self._mark()
        if not self._spool.append(mark + pack(self._now(at), first, stream, text)):
            return False
        self._number = first + text.count(b"\n")
        self._missing = 0
        return True

    def _mark(self) -> tuple[bytes, int]:
        """The record that says what is missing, nothing when nothing is; and the number of the line after it."""
        if not self._missing:
            return b"", self._number + 1
        line = f"jobsvc: {self._missing} lines were not kept: {self._spool.full_because}"
        return pack(self._now(), self._number + 1, Stream.STDERR, line.encode()), self._number + 2

    def _now(self, at: datetime | None = None) -> datetime:
        self._last = max(self._last, at or self._clock())
        return self._last

    def _miss(self, lines: int) -> None:
        if not self._missing:
            log.warning("logs.dropped", execution=self._spool.head.execution_id, because=self._spool.full_because)
        self._missing += lines

    async def _ship(self) -> None:
        is_over = False
        # Even when the end came before the first turn: there is something to ship.
        while not is_over:
            await self._arrived.wait()
            await self._gather()
            self._arrived.clear()
            self._shipped = asyncio.get_running_loop().time()
            try:
                await self._ship_all()
            except Exception as exc:  # noqa: BLE001 - of the disk, as a rule; the job must not wait for good
                self._delivery.warn(exc, execution=self._spool.head.execution_id)
                await asyncio.sleep(AGAIN_SECONDS)
                self._arrived.set()
            is_over = self._ended.is_set()

    async def _gather(self) -> None:
        """Wait until it is time for the next delivery, or the end; what comes after a silence goes on at once."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(self._shipped + GATHER_SECONDS):
                await self._ended.wait()

    async def _ship_all(self) -> None:
        while (part := self._spool.first) is not None:
            lines = await asyncio.to_thread(self._reader.read, part.size)
            await self._delivery.deliver(self._spool.head.execution_id, lines)
            if self._spool.stored(self._reader.position, ended=self._ended.is_set()):
                self._reader = SpoolReader(self._spool.open_first)
            elif not self._spool.waiting:
                return
