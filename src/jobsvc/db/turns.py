"""Who is served when all connections are busy: everybody in turn, unless that would take too long."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jobsvc.domain.errors import DatabaseBusy

WAIT_SECONDS = 5.0
"""How long is waited for a connection. Who is refused can come back; who waits keeps others from being refused in time."""
WEIGHT = 0.2
"""Of the newest use of a connection in what uses take on average."""


class Turns:
    """As many blocks at a time as there are connections. The others wait for their turn, in the sequence in which they came.

    Refused is whose turn would probably come too late, at once, and whose turn has not come in time.
    """

    def __init__(self, connections: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._connections = connections
        self._wait_seconds = wait_seconds
        self._free = asyncio.Semaphore(connections)
        self._waiting = 0
        self._mean_seconds = 0.0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The block runs when its turn has come.

        Raises:
            DatabaseBusy: It does not come in time.
        """
        if self._free.locked():
            await self._wait()
        else:
            await self._free.acquire()
        begun = time.monotonic()
        try:
            yield
        finally:
            self._mean_seconds += WEIGHT * (time.monotonic() - begun - self._mean_seconds)
            self._free.release()

    async def _wait(self) -> None:
        if self._waiting * self._mean_seconds / self._connections > self._wait_seconds:
            raise DatabaseBusy("All database connections are busy, and too many wait for one; try again later.")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy("All database connections are busy; try again later.") from None
        finally:
            self._waiting -= 1
