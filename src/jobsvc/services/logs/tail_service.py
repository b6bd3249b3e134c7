"""Following logs as they grow: one reader per execution, whatever the number of those who follow it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, replace

from jobsvc.db.database import Database
from jobsvc.domain.status import ExecutionStatus, Stream
from jobsvc.ports.log_store import LoggedExecution, LogQuery, LogStore, Position
from jobsvc.services.clock import Clock, utc_now
from jobsvc.services.logs.log_events import Closed, Ended, KeepAlive, LogEvent, Subscriber, Unavailable, lines_of
from jobsvc.services.logs.service import position_of
from jobsvc.services.logs.tailer import UNAVAILABLE, LogTailer, Pace, State


@dataclass
class _Following:
    """A feed, the task that runs it, and how many follow."""

    tailer: LogTailer
    task: asyncio.Task[None]
    subscribers: int = 0


class LogTailService:
    """Passes what happens to the logs of executions to any number of subscribers.

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
    ) -> AsyncGenerator[LogEvent, None]:
        """Everything behind a position, and everything new, until Ended or Closed; Silence every 15 s without news.

        The first event is KeepAlive, when all is well: raises LogsUnavailable before it, and nothing later.
        """
        following = self._enter(execution)
        tailer, subscriber = following.tailer, Subscriber(stream, after)
        try:
            await asyncio.shield(tailer.begun)
            yield KeepAlive()
            async for event in self._catch_up(tailer, subscriber, execution):
                yield event
            while not isinstance(event := await subscriber.next(self._pace.keep_alive), Ended | Closed):
                yield event
            yield event
        finally:
            tailer.dismiss(subscriber)
            self._leave(execution.id, following)

    def close(self) -> None:
        """End all following at once: the service stops."""
        self._is_closed = True
        for following in self._followed.values():
            following.tailer.finish(Closed())

    async def _catch_up(self, tailer: LogTailer, subscriber: Subscriber, execution: LoggedExecution) -> AsyncIterator[LogEvent]:
        """The backlog up to where the feed is when all of it was told."""
        while not tailer.admit(subscriber):
            try:
                async for event in self._backlog(tailer, subscriber, execution):
                    yield event
            except UNAVAILABLE as exc:
                yield Unavailable(exc.detail)
                await asyncio.sleep(self._pace.retry)

    async def _backlog(self, tailer: LogTailer, subscriber: Subscriber, execution: LoggedExecution) -> AsyncIterator[LogEvent]:
        """Lines up to where the feed is now: what it holds back must not be overtaken."""
        until = tailer.position
        assert until is not None  # noqa: S101 - a feed before its first line admits everybody
        async for page in self._store.read(LogQuery(execution, subscriber.stream, after=subscriber.reached)):
            lines = lines_of([line for line in page if position_of(line) <= until])
            if lines is not None:
                subscriber.acknowledge(lines.last)
                yield lines
            if lines is None or len(lines.lines) < len(page) or isinstance(tailer.last_word, Closed):
                break
        subscriber.acknowledge(until)

    def _enter(self, execution: LoggedExecution) -> _Following:
        following = self._followed.get(execution.id)
        if following is None:
            tailer = LogTailer(execution, self._store, lambda: self._state(execution), self._pace, self._clock)
            if self._is_closed:
                tailer.finish(Closed())
            following = self._followed[execution.id] = _Following(tailer, asyncio.create_task(tailer.run()))
        following.subscribers += 1
        return following

    def _leave(self, execution_id: int, following: _Following) -> None:
        following.subscribers -= 1
        if following.subscribers == 0:
            following.task.cancel()
            del self._followed[execution_id]

    async def _state(self, execution: LoggedExecution) -> State:
        async with self._db.reading() as tx:
            result = await tx.executions.columns(execution.id)
        is_final = result.status != ExecutionStatus.RUNNING
        known = replace(execution, ended=result.ended, lines=result.log_lines)
        return known, Ended(result.status, result.exit_code) if is_final else None
