"""The one reader of a followed execution: it asks the log store for new lines and passes them to all subscribers."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable
from jobsvc.domain.status import ExecutionStatus
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogQuery, LogStore, Position
from jobsvc.services.clock import Clock
from jobsvc.services.logs.log_events import Closed, Ended, Lines, LogEvent, Subscriber, Unavailable
from jobsvc.services.logs.reorder_buffer import ReorderBuffer
from jobsvc.services.logs.service import has_all, position_of

log = structlog.get_logger(__name__)

UNAVAILABLE = (LogsUnavailable, DatabaseUnavailable)
BATCH = 1000
"""Lines read at a time."""
BATCH_CHARACTERS = 8 * 2**20
BATCH_SECONDS = 0.02
"""Between batches while there are more: time for the followers to send."""
EARLY_SHARE = 0.1
STATE_SHARE = 0.9
"""Of the pause between looks, which is never exactly as long as it should be."""
FORGETTABLE = timedelta(days=1)
"""What is missing of a log that is older may have been let go of: retention is in days."""
RECENT = timedelta(minutes=1)
"""A worker that was lost this long ago may be back, and bring what it kept."""


State = tuple[LoggedExecution, Ended | None]
"""An execution as it is now, and how it ended."""


@dataclass(frozen=True)
class Pace:
    """How often a store is asked, how late its lines may become visible, and the like, in seconds."""

    poll: float = 0.25
    first: float = 0.015
    """Between the first looks at a log without lines; the pauses grow from there to `poll`. Whoever follows so early has just
    submitted a job and waits for its first line."""
    retry: float = 1.0
    """While the store is away."""
    hole: float = 5.0
    """A number that is missing in the sequence is waited for as long as this."""
    settle: float = 10.0
    """Where nobody knows how many lines there are, and the store or the worker went away, lines may still come for so long."""
    delivery: float = 30.0
    """A final execution's last line that its worker has not brought yet is waited for as long as this."""
    keep_alive: float = 15.0
    """Followers are told that nothing happens as often as this."""


class LogTailer:
    """Reads an execution's log on for as long as somebody follows.

    `begun`: done when the newest line is known, or LogsUnavailable. `position`: the line up to which followers were told,
    None before the first one. `last_word`: Ended or Closed.
    """

    def __init__(
        self, execution: LoggedExecution, store: LogStore, state: Callable[[], Awaitable[State]], pace: Pace, clock: Clock
    ) -> None:
        self._execution = execution
        self._store = store
        self._state = state
        self._pace = pace
        self._clock = clock
        self._sequence = ReorderBuffer(execution.id, pace.hole)
        self._live: set[Subscriber] = set()
        self._looking_since = self._state_due = 0.0
        self._quiet_since: float | None = None
        self._is_away = self._was_away = False
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.position: Position | None = None
        self.last_word: Ended | Closed | None = None

    async def run(self) -> None:
        """Read on until the execution is final and its log read to the end."""
        try:
            await self._begin()
        except Exception as exc:  # noqa: BLE001 - it is told to all who wait for the beginning
            self.begun.set_exception(exc)
            return
        self.begun.set_result(None)
        self._looking_since = asyncio.get_running_loop().time()
        try:
            while self.last_word is None:  # noqa: ASYNC110 - stores tell nobody that there is something new
                await asyncio.sleep(await self._poll_with_retry())
        except Exception:
            log.exception("log_tail.failed", execution=self._execution.id)
            self.finish(Closed())

    def admit(self, subscriber: Subscriber) -> bool:
        """Tell a follower everything from now on, if it knows all lines up to here."""
        if self.position is not None and (subscriber.reached is None or subscriber.reached < self.position):
            return False
        if self.last_word is not None:
            subscriber.publish(self.last_word)
        self._live.add(subscriber)
        return True

    def dismiss(self, subscriber: Subscriber) -> None:
        """Tell a follower nothing more."""
        self._live.discard(subscriber)

    def finish(self, last_word: Ended | Closed) -> None:
        """Say the last word, once."""
        if self.last_word is None:
            self.last_word = last_word
            self._publish(last_word)

    async def _begin(self) -> None:
        """Find the newest line, after which subscribers get lines."""
        newest = await self._read(LogQuery(self._execution, newest_first=True, limit=BATCH))
        line = self._sequence.begin(newest, is_all=len(newest) < BATCH)
        self.position = position_of(line) if line is not None else None

    async def _poll_with_retry(self) -> float:
        """Look once; returns the seconds to wait before the next time."""
        try:
            seconds = await self._look()
        except UNAVAILABLE as exc:
            if not self._is_away:
                self._publish(Unavailable(exc.detail))
            self._is_away = self._was_away = True
            self._quiet_since = None
            return self._pace.retry
        self._is_away = False
        return seconds

    async def _look(self) -> float:
        # The end before the lines: what was stored before it is there then.
        ended = await self._end()
        result = await self._read(LogQuery(self._execution, after=self.position, limit=BATCH))
        now = asyncio.get_running_loop().time()
        passed = self._sequence.passed(result, now)
        if passed:
            self._quiet_since = None
            self.position = position_of(passed[-1])
            self._publish(Lines(passed))
        if ended is not None and not result and self._has_settled(ended, now):
            is_whole = has_all(self._execution, self.position) and not self._is_just_lost(ended)
            self.finish(replace(ended, is_whole=is_whole))
        return BATCH_SECONDS if passed and (ended is not None or len(result) == BATCH) else self._pause(now)

    async def _end(self) -> Ended | None:
        """How the execution ended; early looks that follow one another soon are for lines alone."""
        now = asyncio.get_running_loop().time()
        if now < self._state_due:
            return None
        self._execution, ended = await self._state()
        self._state_due = 0.0 if ended is not None else now + STATE_SHARE * self._pace.poll
        return ended

    def _pause(self, now: float) -> float:
        """Seconds until the next look: before the first line a part of the time since the first look."""
        if self.position is not None:
            return self._pace.poll
        return min(self._pace.poll, max(self._pace.first, EARLY_SHARE * (now - self._looking_since)))

    def _has_settled(self, ended: Ended, now: float) -> bool:
        """Whether no line came for so long that none is expected any more."""
        self._quiet_since = now if self._quiet_since is None else self._quiet_since
        return now - self._quiet_since >= self._grace_seconds(ended)

    def _grace_seconds(self, ended: Ended) -> float:
        if self._execution.lines is not None:
            is_late = not has_all(self._execution, self.position) and self._ended_within(FORGETTABLE)
            return self._pace.delivery if is_late else 0
        return self._pace.settle if self._was_away or self._is_just_lost(ended) else 0

    def _is_just_lost(self, ended: Ended) -> bool:
        """Whether the worker was lost, which then said neither how many lines there are nor how the job ended."""
        said_nothing = ended.status == ExecutionStatus.FAILED and ended.exit_code is None and self._execution.lines is None
        return said_nothing and self._ended_within(RECENT)

    def _ended_within(self, span: timedelta) -> bool:
        return self._execution.ended is not None and self._clock() - self._execution.ended < span

    async def _read(self, query: LogQuery) -> list[LogLine]:
        result: list[LogLine] = []
        characters = 0
        async for lines in self._store.read(query):
            result += lines
            characters += sum(len(line.message) for line in lines)
            if characters > BATCH_CHARACTERS:
                break
        return result

    def _publish(self, event: LogEvent) -> None:
        for subscriber in self._live:
            subscriber.publish(event)
