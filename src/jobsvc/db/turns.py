"""Who is served when all connections are busy: everybody in turn, unless that takes too long."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jobsvc.domain.errors import DatabaseBusy

WAIT_SECONDS = 5.0
"""How long is waited for a connection. Who is refused can come back; who waits keeps others from being refused in time."""


class Turns:
    """As many blocks at a time as there are connections. The others wait for their turn, in the sequence in which they came.

    Refused is whose turn has not come in time.
    """

    def __init__(self, connections: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self._wait_seconds = wait_seconds
        self._free = asyncio.Semaphore(connections)
        self.connections = connections
        self.used = 0
        """Blocks that run."""
        self.waiting = 0
        """Blocks whose turn has not come."""

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The block runs when its turn has come.

        Raises:
            DatabaseBusy: It does not come in time.
        """
        self.waiting += 1
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise DatabaseBusy("All database connections are busy; try again later.") from None
        finally:
            self.waiting -= 1
        self.used += 1
        try:
            yield
        finally:
            self.used -= 1
            self._free.release()
