"""Events: a page of them, those that come within some seconds, or all that come."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from jobsvc.db.database import Database
from jobsvc.domain.change_events import ChangeEvent, EventFilter
from jobsvc.domain.errors import InvalidRequest, PositionExpired
from jobsvc.services.events.hub import BATCH, EventBatch, EventHub, EventPace

WINDOW = 50_000
"""Events that one statement looks through for some that fit."""
SEARCH_SECONDS = 1.0
"""A list that has looked for so long says how far it came."""


@dataclass(frozen=True)
class EventPage:
    """Some events; all that fit up to `next` are among them. `last`: the latest event that can be read now."""

    events: list[ChangeEvent]
    next: int
    last: int


class EventService:
    """Use cases around events."""

    def __init__(self, database: Database, pace: EventPace | None = None) -> None:
        self._db = database
        self._pace = pace or EventPace()
        self.hub = EventHub(database, self._pace)

    def close(self) -> None:
        """End all waiting and following at once: the service stops."""
        self.hub.close()

    async def page(self, criteria: EventFilter, *, after: int, limit: int, wait: float = 0) -> EventPage:
        """The first events behind a position; when there are none yet, those that come first within `wait` seconds.

        Raises:
            PositionExpired: Events behind the position were dropped.
            InvalidRequest: The position is one that no event has had.
        """
        deadline = time.monotonic() + wait
        decided = await self._decided(after)
        events, reached = await self._search(criteria, after, decided, limit)
        if events or reached < decided or not wait:
            return EventPage(events, reached, decided)
        try:
            async with asyncio.timeout(max(0, deadline - time.monotonic())), aclosing(self._follow(criteria, reached)) as batches:
                async for batch in batches:
                    reached = batch.until if batch else reached
                    if batch and batch.events:
                        events = batch.events[:limit]
                        break
        except TimeoutError:
            pass
        reached = events[-1].seq if len(events) == limit else reached
        return EventPage(events, reached, max(reached, self.hub.position))

    async def follow(self, criteria: EventFilter, after: int | None) -> AsyncGenerator[EventBatch | None, None]:
        """Everything behind a position (None: what comes from now on), until the service stops; None after a while without news.

        The first one is None, when all is well.

        Raises:
            PositionExpired: Events behind the position were dropped, before anything comes.
            InvalidRequest: The position is one that no event has had.
        """
        decided = await self._decided(after or 0)
        yield None
        async with aclosing(self._follow(criteria, decided if after is None else after)) as batches:
            async for batch in batches:
                yield batch

    async def of_job(self, job_id: int, *, after: int, limit: int) -> EventPage:
        """The events of a job.

        Raises:
            NotFound: There is none.
            PositionExpired: Events behind the position were dropped.
        """
        async with self._db.reading() as tx:
            await tx.jobs.require(job_id)
        return await self.page(EventFilter(job_ids=frozenset({job_id})), after=after, limit=limit)

    async def _decided(self, after: int) -> int:
        decided = await self.hub.settle()
        async with self._db.reading() as tx:
            expired = await tx.events.expired()
        if 0 < after < expired:
            raise PositionExpired(expired)
        if after > self.hub.last:
            raise InvalidRequest(f"after: no event has been at position {after} yet; the last one is at {self.hub.last}.")
        return decided

    async def _follow(self, criteria: EventFilter, position: int) -> AsyncGenerator[EventBatch | None, None]:
        with self.hub.subscription() as subscriber:
            while not subscriber.is_closed:
                subscriber.reset()
                while position < self.hub.position and not subscriber.is_closed:
                    batch = await self._window(criteria, position, self.hub.position, BATCH)
                    position = batch.until
                    yield batch
                while not subscriber.is_behind and not subscriber.is_closed:
                    batch_or_none = await subscriber.next(self._pace.keep_alive)
                    if batch_or_none is None:
                        yield None
                    elif batch_or_none.until > position:
                        yield batch_or_none.of(criteria).behind(position)
                        position = batch_or_none.until

    async def _search(self, criteria: EventFilter, after: int, until: int, limit: int) -> tuple[list[ChangeEvent], int]:
        """The first events that fit, and up to where all of them are known."""
        deadline = time.monotonic() + SEARCH_SECONDS
        events: list[ChangeEvent] = []
        while after < until and len(events) < limit and time.monotonic() < deadline:
            batch = await self._window(criteria, after, until, limit - len(events))
            events += batch.events
            after = batch.until
        return events, after

    async def _window(self, criteria: EventFilter, after: int, until: int, limit: int) -> EventBatch:
        # An index leads to those of a job; others are looked for.
        end = until if criteria.job_ids is not None else min(until, after + WINDOW)
        async with self._db.reading() as tx:
            events = await tx.events.page(criteria, after=after, until=end, limit=limit)
        return EventBatch(after, events[-1].seq if len(events) == limit else end, events)
