"""Following logs as they grow: one reader per execution, whatever the number of those who follow it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace

from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound
from jobsvc.domain.status import ExecutionStatus, Stream
from jobsvc.ports.log_store import LoggedExecution, LogQuery, LogStore, Position
from jobsvc.services.clock import Clock, utc_now
from jobsvc.services.log_feed import UNAVAILABLE, Feed, Pace, State
from jobsvc.services.log_happenings import Closed, Ended, Follower, Happening, Silence, Unavailable, lines_of
from jobsvc.services.logs import position_of


@dataclass
class _Following:
    """A feed, the task that runs it, and how many follow."""

    feed: Feed
    task: asyncio.Task[None]
    followers: int = 0


class LogFollowing:
    """Tells any number of followers what happens to the logs of executions.

    A follower first reads the backlog for itself, page by page and as fast as it likes; when it has met the feed, it is
    told what is new. The feed reads while somebody follows, and only then.
    """

    def __init__(self, database: Database, store: LogStore, pace: Pace | None = None, clock: Clock = utc_now) -> None:
        self._db = database
        self._clock = clock
        self._store = store
        self._pace = pace or Pace()
        self._followed: dict[int, _Following] = {}
        self._is_closed = False

    async def follow(
        self, execution: LoggedExecution, stream: Stream | None, after: Position | None = None
    ) -> AsyncGenerator[Happening, None]:
        """Everything behind a position, and everything new, until Ended or Closed; Silence every 15 s without news.

        The first happening is Silence, when all is well: raises LogsUnavailable before it, and nothing later.
        """
        following = self._enter(execution)
        feed, follower = following.feed, Follower(stream, after)
        try:
            await asyncio.shield(feed.begun)
            yield Silence()
            async for happening in self._catch_up(feed, follower, execution):
                yield happening
            while not isinstance(happening := await follower.next(self._pace.silence), Ended | Closed):
                yield happening
            yield happening
        finally:
            feed.dismiss(follower)
            self._leave(execution.id, following)

    @property
    def followed(self) -> dict[int, int]:
        """How many follow which execution."""
        return {execution_id: following.followers for execution_id, following in self._followed.items()}

    def close(self) -> None:
        """End all following at once: the service stops."""
        self._is_closed = True
        for following in self._followed.values():
            following.feed.finish(Closed())

    async def _catch_up(self, feed: Feed, follower: Follower, execution: LoggedExecution) -> AsyncIterator[Happening]:
        """The backlog up to where the feed is when all of it was told."""
        while not feed.admit(follower):
            try:
                async for happening in self._backlog(feed, follower, execution):
                    yield happening
            except UNAVAILABLE as problem:
                yield Unavailable(problem.detail)
                await asyncio.sleep(self._pace.retry)

    async def _backlog(self, feed: Feed, follower: Follower, execution: LoggedExecution) -> AsyncIterator[Happening]:
        """Lines up to where the feed is now: what it holds back must not be overtaken."""
        until = feed.position
        assert until is not None  # noqa: S101 - a feed before its first line admits everybody
        async for page in self._store.read(LogQuery(execution, follower.stream, after=follower.reached)):
            lines = lines_of([line for line in page if position_of(line) <= until])
            if lines is not None:
                follower.told(lines.last)
                yield lines
            if lines is None or len(lines.lines) < len(page) or isinstance(feed.last_word, Closed):
                break
        follower.told(until)

    def _enter(self, execution: LoggedExecution) -> _Following:
        following = self._followed.get(execution.id)
        if following is None:
            feed = Feed(execution, self._store, lambda: self._state(execution), self._pace, self._clock)
            if self._is_closed:
                feed.finish(Closed())
            following = self._followed[execution.id] = _Following(feed, asyncio.create_task(feed.run()))
        following.followers += 1
        return following

    def _leave(self, execution_id: int, following: _Following) -> None:
        following.followers -= 1
        if following.followers == 0:
            following.task.cancel()
            del self._followed[execution_id]

    async def _state(self, execution: LoggedExecution) -> State:
        async with self._db.reading() as tx:
            found = await tx.executions.columns(execution.id)
        if found is None:
            raise NotFound("Execution", execution.id)
        is_final = found.status != ExecutionStatus.RUNNING
        known = replace(execution, ended=found.ended, lines=found.log_lines)
        return known, Ended(found.status, found.exit_code) if is_final else None
