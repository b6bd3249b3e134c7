"""The days of events: made ahead, and dropped."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.domain.change_events import EventFilter
from jobsvc.domain.errors import PositionExpired
from jobsvc.services.events.service import EventService
from jobsvc.services.events.upkeep import DAYS_AHEAD, EventUpkeep

TODAY = datetime.now(UTC)
ADD = text("INSERT INTO change_event (time, type, data) VALUES (:time, 'job.queued', '{}')")


def upkeep(db: Database, now: datetime = TODAY, days: int = 30) -> EventUpkeep:
    return EventUpkeep(db, lambda: now, days=days)


async def days(db: Database) -> set[date]:
    async with db.reading() as tx:
        return await tx.event_partitions.days()


async def add(db: Database, *times: datetime) -> None:
    async with db.engine.begin() as connection:
        for time in times:
            await connection.execute(ADD, {"time": time})


async def in_other(db: Database) -> int:
    async with db.engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM change_event_other"))).scalar_one())


@pytest.fixture
def later() -> datetime:
    """A time so far away that no other test has its days."""
    return TODAY + timedelta(days=400)


async def test_days_are_made_ahead_once(db: Database, later: datetime) -> None:
    await upkeep(db, later, days=0).run()
    await upkeep(db, later, days=0).run()
    assert {later.date() + timedelta(days=number) for number in range(DAYS_AHEAD + 1)} <= await days(db)
    await add(db, later)
    assert await in_other(db) == 0


async def test_events_without_a_day_get_one(db: Database, later: datetime) -> None:
    stray = later + timedelta(days=100)
    await add(db, stray, stray + timedelta(days=1))
    assert await in_other(db) == 2
    await upkeep(db, later, days=0).run()
    assert await in_other(db) == 0
    assert {stray.date(), stray.date() + timedelta(days=1)} <= await days(db)
    page = await EventService(db).page(EventFilter(), after=0, limit=10)
    assert [event.time for event in page.events] == [stray, stray + timedelta(days=1)]


async def test_old_days_are_dropped_and_positions_in_them_are_refused(db: Database, later: datetime) -> None:
    times = [later + timedelta(days=200 + number) for number in (0, 0, 10, 40)]
    await add(db, *times)
    await upkeep(db, times[0], days=0).run()
    await upkeep(db, times[0] + timedelta(days=41), days=30).run()
    service = EventService(db)
    events = (await service.page(EventFilter(), after=0, limit=10)).events
    assert [event.time for event in events] == times[3:]
    with pytest.raises(PositionExpired) as problem:
        await service.page(EventFilter(), after=1, limit=10)
    assert problem.value.earliest == 3
    assert (await service.page(EventFilter(), after=3, limit=10)).events == events


async def test_a_writer_is_not_waited_for(db: Database, later: datetime) -> None:
    now = later + timedelta(days=300)
    async with db.engine.connect() as writer:
        await writer.execute(text("LOCK TABLE ONLY change_event IN ROW EXCLUSIVE MODE"))
        # It becomes a part of all beside writers.
        await upkeep(db, now, days=0).run()
    assert now.date() in await days(db)
