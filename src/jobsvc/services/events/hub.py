"""New events for all who wait for them: one query a tick, however many there are."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from jobsvc.db.database import Database
from jobsvc.domain.change_events import ChangeEvent, EventFilter, EventHorizon
from jobsvc.domain.errors import DatabaseUnavailable

log = structlog.get_logger(__name__)
EVERYTHING = EventFilter()
BATCH = 1000
"""Events read at a time."""
MOST_WAITING = 10_000
"""Events, and batches, that wait for one follower; who is slower than that reads them from the table when it comes to them."""


@dataclass(frozen=True)
class EventPace:
    """How often is looked for events while somebody waits, and the like, in seconds."""

    poll: float = 0.2
    settle: float = 0.01
    """Between looks while transactions are open that may still write something."""
    leeway: float = 0.5
    """How long a list waits for such transactions."""
    retry: float = 1.0
    """While the database is away."""
    keep_alive: float = 15.0
    """Followers are told that nothing happens as often as this."""


class EventBatch:
    """All events with numbers in (after, until], or those of them that fit a filter. Followers share it, and its bytes."""

    def __init__(self, after: int, until: int, events: list[ChangeEvent]) -> None:
        self.after, self.until, self.events = after, until, events
        self._fitting: dict[EventFilter, EventBatch] = {}
        self._rendered: bytes | None = None

    def of(self, criteria: EventFilter) -> "EventBatch":
        """Those that fit."""
        if criteria == EVERYTHING:
            return self
        if criteria not in self._fitting:
            self._fitting[criteria] = EventBatch(self.after, self.until, [item for item in self.events if criteria.selects(item)])
        return self._fitting[criteria]

    def behind(self, position: int) -> "EventBatch":
        """Those behind a position."""
        if position <= self.after:
            return self
        return EventBatch(position, self.until, [event for event in self.events if event.seq > position])

    def rendered(self, render: Callable[["EventBatch"], bytes]) -> bytes:
        """What `render` makes of them: once, however many followers there are."""
        if self._rendered is None:
            self._rendered = render(self)
        return self._rendered


class EventSubscriber:
    """What waits for one follower."""

    def __init__(self) -> None:
        self._waiting: deque[EventBatch] = deque()
        self._size = 0
        self._news = asyncio.Event()
        self.is_behind = False
        """Whether batches were dropped: the follower has to read on from the table."""
        self.is_closed = False

    def reset(self) -> None:
        """Drop what waits: the follower reads the table."""
        self._waiting.clear()
        self._size, self.is_behind = 0, False

    def publish(self, batch: EventBatch) -> None:
        """Put a batch there, at once and without waiting for anybody."""
        self._size += 1 + len(batch.events)
        self._waiting.append(batch)
        if self._size > MOST_WAITING:
            self.reset()
            self.is_behind = True
        self._news.set()

    def close(self) -> None:
        """Nothing comes any more."""
        self.is_closed = True
        self._news.set()

    async def next(self, timeout: float) -> EventBatch | None:  # noqa: ASYNC109 - silence is an answer, not a failure
        """The next batch; None after so many seconds without one, when batches were dropped, and at the end."""
        if not self._waiting and not self.is_behind and not self.is_closed:
            self._news.clear()
            try:
                async with asyncio.timeout(timeout):
                    await self._news.wait()
            except TimeoutError:
                return None
        if not self._waiting:
            return None
        batch = self._waiting.popleft()
        self._size -= 1 + len(batch.events)
        return batch


class EventHub:
    """Looks for new events while somebody waits for some, and only then; knows up to where they are decided."""

    def __init__(self, database: Database, pace: EventPace) -> None:
        self._db = database
        self._pace = pace
        self._horizon = EventHorizon()
        # Looks must be taken into account in the sequence in which they were made.
        self._looking = asyncio.Lock()
        self._subscribers: set[EventSubscriber] = set()
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False
        self.position = 0
        """Up to where subscribers were told."""

    @property
    def last(self) -> int:
        """The last number that was seen."""
        return self._horizon.last

    async def advance(self) -> int:
        """Look how far events are decided now."""
        async with self._looking:
            async with self._db.reading() as tx:
                horizon = await tx.events.horizon()
            return self._horizon.note(horizon)

    async def settle(self) -> int:
        """Up to where events are decided, after transactions had a moment that were open when this was called."""
        decided = await self.advance()
        goal = self._horizon.last
        deadline = asyncio.get_running_loop().time() + self._pace.leeway
        while decided < goal and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(self._pace.settle)
            decided = await self.advance()
        return decided

    @contextmanager
    def subscription(self) -> Iterator[EventSubscriber]:
        """Be told of all events behind `position` as it is now."""
        subscriber = EventSubscriber()
        subscriber.is_closed = self._is_closed
        self._subscribers.add(subscriber)
        if self._task is None or self._task.done():
            self.position = self._horizon.decided
            self._task = asyncio.create_task(self._run())
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            if not self._subscribers:
                self._task.cancel()
                self._task = None

    def close(self) -> None:
        """End all following at once: the service stops."""
        self._is_closed = True
        for subscriber in self._subscribers:
            subscriber.close()

    async def _run(self) -> None:
        while True:
            pause = self._pace.poll
            try:
                await self._tell(await self.advance())
                if not self._horizon.is_settled:
                    pause = self._pace.settle
            except DatabaseUnavailable:
                pause = self._pace.retry
            except Exception:
                log.exception("events.failed")
                pause = self._pace.retry
            await asyncio.sleep(pause)

    async def _tell(self, decided: int) -> None:
        while self.position < decided:
            async with self._db.reading() as tx:
                events = await tx.events.page(EVERYTHING, after=self.position, until=decided, limit=BATCH)
            batch = EventBatch(self.position, events[-1].seq if len(events) == BATCH else decided, events)
            self.position = batch.until
            for subscriber in self._subscribers:
                subscriber.publish(batch)
