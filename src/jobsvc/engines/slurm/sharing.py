"""One call for all who ask at about the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Shared(Generic[T]):
    """Everybody gets the result of a call that begins after they asked; calls begin at least `pause` seconds apart."""

    def __init__(self, call: Callable[[], Awaitable[T]], pause: float) -> None:
        self._call = call
        self._pause = pause
        self._next: asyncio.Task[T] | None = None
        self._under_way: set[asyncio.Task[T]] = set()
        self._due = 0.0

    async def get(self) -> T:
        """The result, or what the call raises."""
        if self._next is None:
            self._next = asyncio.create_task(self._run())
            self._under_way.add(self._next)
            self._next.add_done_callback(self._ended)
        # Who stops waiting must not end it for others.
        return await asyncio.shield(self._next)

    async def close(self) -> None:
        """End what is under way. Idempotent."""
        for task in self._under_way:
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _run(self) -> T:
        now = asyncio.get_running_loop().time()
        begins = max(now, self._due)
        self._due = begins + self._pause
        try:
            await asyncio.sleep(begins - now)
        finally:
            self._next = None
        return await self._call()

    def _ended(self, task: asyncio.Task[T]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            # Perhaps nobody waits for it any more.
            task.exception()
