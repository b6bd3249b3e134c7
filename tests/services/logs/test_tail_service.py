"""Following a log: backlog and news, many followers, slow ones, holes, outages, ends."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import pytest

from jobsvc.db.database import Database
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.status import Stream
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import Position
from jobsvc.services.logs.log_events import MOST_LINES, Closed, Ended, Gap, KeepAlive, Lines, LogEvent, Unavailable
from jobsvc.services.logs.tail_service import LogTailService
from jobsvc.services.logs.tailer import Pace
from tests.factories import Factory
from tests.waiting import eventually

from .logged import CountingStore, FailingStore, Logged, at, running

LogEvents = AsyncGenerator[LogEvent, None]
PACE = Pace(poll=0.02, retry=0.02, hole=0.3, settle=0.1, delivery=0.3)
SECONDS = 60
"""More than anything here takes, also on a busy machine."""
END = Ended("COMPLETED", 0)


@pytest.fixture
async def job(make: Factory) -> Logged:
    return await running(make)


@pytest.fixture
def following(db: Database) -> LogTailService:
    return LogTailService(db, PostgresLogStore(db), PACE)


async def news(events: LogEvents, count: int = 1) -> list[int | LogEvent]:
    """The next so many lines as their numbers, and what else happens before."""
    result: list[int | LogEvent] = []
    async with asyncio.timeout(SECONDS):
        while len(result) < count:
            event = await anext(events)
            result += [line.order_num for line in event.lines] if isinstance(event, Lines) else [event]
            result = [item for item in result if item != KeepAlive()]
    return result


async def everything(events: LogEvents) -> list[int | LogEvent]:
    """All lines as their numbers, and what else happens, up to the end."""
    async with asyncio.timeout(SECONDS):
        result = [event async for event in events if event != KeepAlive()]
    return [part for item in result for part in ([x.order_num for x in item.lines] if isinstance(item, Lines) else [item])]


async def test_the_backlog_comes_first_then_what_is_new_then_the_end(job: Logged, following: LogTailService) -> None:
    await job.write(*range(1, 2502))
    async with aclosing(following.follow(job.execution, None)) as events:
        assert await news(events, 2501) == list(range(1, 2502))
        await job.write(2502, 2503)
        assert await news(events, 2) == [2502, 2503]
        await job.end()
        assert await everything(events) == [END]


async def test_a_log_without_lines_is_followed_from_its_first_one(job: Logged, following: LogTailService) -> None:
    async with aclosing(following.follow(job.execution, None)) as events:
        assert await anext(events) == KeepAlive()
        await job.write(1)
        assert await news(events) == [1]


async def test_the_first_line_is_looked_for_more_often_than_later_ones(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    async with aclosing(LogTailService(db, store, Pace(poll=3600)).follow(job.execution, None)) as events:
        assert await anext(events) == KeepAlive()
        await eventually(lambda: len(store.queries) > 3, SECONDS)
        await job.write(1)
        assert await news(events) == [1]
        looks = len(store.queries)
        await job.write(2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await anext(events)
        assert len(store.queries) == looks


async def test_looking_for_the_first_line_becomes_rare(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    async with aclosing(LogTailService(db, store, Pace(first=0.001, keep_alive=2)).follow(job.execution, None)) as events:
        assert await anext(events) == KeepAlive()
        assert await anext(events) == KeepAlive()
    # Each pause is a tenth of the time so far; it would be 2,000 looks without that.
    assert len(store.queries) < 100


@pytest.mark.parametrize(("after", "expected"), [(0, range(1, 21)), (7, range(8, 21)), (20, range(0))])
async def test_following_goes_on_behind_a_line(job: Logged, following: LogTailService, after: int, expected: range) -> None:
    await job.write(*range(1, 21))
    await job.end(3)
    reported = await everything(following.follow(job.execution, None, Position(at(after), after)))
    assert reported == [*expected, Ended("FAILED", 3)]


async def test_each_stream_is_followed_for_itself(job: Logged, following: LogTailService) -> None:
    followed = [following.follow(job.execution, stream) for stream in (Stream.STDERR, Stream.STDOUT, None)]
    await job.write(*range(1, 11))
    assert [await news(followed[0]), await news(followed[1], 9)] == [[10], [*range(1, 10)]]
    await job.write(*range(11, 21))
    await job.end()
    result = [await everything(events) for events in followed]
    assert result == [[20, END], [*range(11, 20), END], [*range(1, 21), END]]


async def test_200_followers_cost_one_stream_of_queries(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    following = LogTailService(db, store, PACE)
    await job.write(1)
    followed = [following.follow(job.execution, None) for _ in range(200)]
    assert await asyncio.gather(*map(news, followed)) == [[1]] * 200
    before, begun = len(store.queries), time.monotonic()
    result = [asyncio.create_task(everything(events)) for events in followed]
    for number in range(2, 21):
        await job.write(number)
    await job.end()
    assert await asyncio.gather(*result) == [[*range(2, 21), END]] * 200
    assert len(store.queries) - before <= (time.monotonic() - begun) / PACE.poll + 1


async def test_who_follows_a_long_log_late_costs_its_backlog_only(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    following = LogTailService(db, store, Pace(poll=60))
    await job.write(*range(1, 5001))
    first = following.follow(job.execution, None)
    assert len(await news(first, 5000)) == 5000
    before = len(store.queries)
    late = [following.follow(job.execution, None, Position(at(4990), 4990)) for _ in range(5)]
    assert [await news(events, 10) for events in late] == [[*range(4991, 5001)]] * 5
    assert len(store.queries) == before + 5
    for events in (first, *late):
        await events.aclose()


async def test_nobody_reads_when_nobody_follows(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    following = LogTailService(db, store, PACE)
    async with aclosing(following.follow(job.execution, None)) as events:
        await anext(events)
    before = len(store.queries)
    other = CountingStore(db)
    async with aclosing(LogTailService(db, other, PACE).follow(job.execution, None)) as events:
        await anext(events)
        await eventually(lambda: len(other.queries) >= 5)
    assert len(store.queries) == before


async def test_who_is_too_slow_is_told_what_it_missed_and_holds_nobody_up(job: Logged, following: LogTailService) -> None:
    await job.write(1)
    slow, quick = (following.follow(job.execution, None) for _ in range(2))
    assert [await news(slow), await news(quick)] == [[1], [1]]
    standing = asyncio.create_task(news(slow))
    await asyncio.sleep(0)
    reading = asyncio.create_task(everything(quick))
    await job.write(2)
    assert await standing == [2]
    for first in range(3, 3 + 2 * MOST_LINES, 1000):
        await job.write(*range(first, first + 1000))
    await job.end()
    last = 2 + 2 * MOST_LINES
    assert await reading == [*range(2, last + 1), END]
    gap, *rest = await everything(slow)
    assert isinstance(gap, Gap)
    assert gap.after == Position(at(2), 2)
    assert rest == [*range(gap.until.order_num + 1, last + 1), END]
    assert gap.lines == gap.until.order_num - 2


async def test_a_line_that_becomes_visible_late_is_waited_for(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    patient = replace(PACE, hole=SECONDS)
    async with aclosing(LogTailService(db, store, patient).follow(job.execution, None)) as events:
        await anext(events)
        await job.write(1, 2, 4, 5)
        assert await news(events, 2) == [1, 2]
        looks = len(store.queries) + 3
        await eventually(lambda: len(store.queries) >= looks)
        await job.write(3)
        assert await news(events, 3) == [3, 4, 5]


async def test_a_hole_in_the_newest_lines_is_seen_by_the_first_follower(job: Logged, following: LogTailService) -> None:
    await job.write(1, 2, 4, 5)
    async with aclosing(following.follow(job.execution, None)) as events:
        assert await news(events, 2) == [1, 2]
        await job.write(3)
        assert await news(events, 3) == [3, 4, 5]


async def test_a_line_that_never_comes_is_not_waited_for_for_ever(job: Logged, following: LogTailService) -> None:
    await job.write(1, 2, 4, 5)
    await job.end()
    assert await everything(following.follow(job.execution, None)) == [1, 2, 4, 5, END]


async def test_numbers_of_a_collector_have_holes_that_mean_nothing(job: Logged, db: Database) -> None:
    following = LogTailService(db, PostgresLogStore(db), Pace(poll=0.02, hole=60))
    await job.write(5, 17, task=999_999)
    async with aclosing(following.follow(job.execution, None)) as events:
        assert await news(events, 2) == [5, 17]
        await job.write(40, 60, task=999_999)
        assert await news(events, 2) == [40, 60]


async def test_a_store_that_goes_away_is_told_of_and_read_on_when_it_is_back(job: Logged, db: Database) -> None:
    store = FailingStore(db)
    events = LogTailService(db, store, PACE).follow(job.execution, None)
    await job.write(1)
    assert await news(events) == [1]
    store.is_away = True
    await job.write(2)
    await job.end()
    assert await news(events) == [Unavailable("The log store is away.")]
    store.is_away = False
    assert await everything(events) == [2, END]


async def test_lines_that_a_worker_still_has_are_waited_for(job: Logged, db: Database) -> None:
    following = LogTailService(db, PostgresLogStore(db), Pace(poll=0.02, delivery=60))
    await job.write(1)
    await job.end(lines=3)
    events = following.follow(job.execution, None)
    assert await news(events) == [1]
    await job.write(2, 3)
    assert await everything(events) == [2, 3, END]


async def test_lines_that_do_not_come_are_told_of_at_the_end(job: Logged, following: LogTailService) -> None:
    await job.write(1)
    await job.end(lines=3)
    assert await everything(following.follow(job.execution, None)) == [1, Ended("COMPLETED", 0, is_whole=False)]


async def test_a_log_that_is_known_to_be_whole_ends_at_once_after_an_outage(job: Logged, db: Database) -> None:
    store = FailingStore(db)
    events = LogTailService(db, store, Pace(poll=0.02, retry=0.02, settle=3600)).follow(job.execution, None)
    await job.write(1)
    assert await news(events) == [1]
    store.is_away = True
    assert await news(events) == [Unavailable("The log store is away.")]
    await job.end(lines=1)
    store.is_away = False
    assert await everything(events) == [END]


async def test_what_a_lost_worker_kept_is_waited_for(job: Logged, db: Database) -> None:
    store = CountingStore(db)
    following = LogTailService(db, store, Pace(poll=0.02, settle=1))
    await job.end(exit_code=None)
    events = following.follow(job.execution, None)
    assert await anext(events) == KeepAlive()
    reading = asyncio.create_task(everything(events))
    looks = len(store.queries) + 3
    await eventually(lambda: len(store.queries) >= looks)
    await job.write(1)
    assert await reading == [1, Ended("FAILED", None, is_whole=False)]


async def test_a_backlog_that_breaks_off_goes_on_where_it_was(job: Logged, db: Database) -> None:
    store = FailingStore(db)
    store.pages = 1
    await job.write(*range(1, 4001))
    async with aclosing(LogTailService(db, store, PACE).follow(job.execution, None)) as events:
        assert await news(events, 4001) == [*range(1, 2001), Unavailable("The log store is away."), *range(2001, 4001)]


async def test_a_store_that_is_away_from_the_start_is_an_error(job: Logged, db: Database) -> None:
    store = FailingStore(db)
    store.is_away = True
    following = LogTailService(db, store, PACE)
    for _ in range(2):
        with pytest.raises(LogsUnavailable):
            await anext(following.follow(job.execution, None))
    store.is_away = False
    assert await anext(following.follow(job.execution, None)) == KeepAlive()


async def test_a_service_that_stops_ends_all_following(job: Logged, following: LogTailService) -> None:
    followed = [following.follow(job.execution, None) for _ in range(3)]
    for events in followed:
        await anext(events)
    following.close()
    assert [await everything(events) for events in followed] == [[Closed()]] * 3
    assert await everything(following.follow(job.execution, None)) == [Closed()]


async def test_silence_is_told_too(job: Logged, db: Database) -> None:
    following = LogTailService(db, PostgresLogStore(db), Pace(keep_alive=0.05))
    async with aclosing(following.follow(job.execution, None)) as events:
        assert [await anext(events) for _ in range(3)] == [KeepAlive()] * 3
