"""No event is skipped and none comes twice, in whatever sequence transactions are committed."""

import asyncio
import random
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from jobsvc.db.database import Database
from jobsvc.db.engines import driver_options
from jobsvc.domain.change_events import ChangeEvent, EventFilter
from jobsvc.services.events.hub import EventPace
from jobsvc.services.events.service import EventService
from tests.factories import Factory
from tests.waiting import eventually

PACE = EventPace(poll=0.02, settle=0.005, leeway=0.02)
PAUSE = "UPDATE scheduler SET is_paused = NOT is_paused"
ADD = "INSERT INTO node (hostname) VALUES ($1)"
ALL = EventFilter()


class Reader:
    """One who follows as a process of its own would: with a hub of its own."""

    def __init__(self, database: Database) -> None:
        self.service = EventService(database, PACE)
        self.events: list[ChangeEvent] = []
        self.task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for batch in self.service.follow(ALL, 0):
            self.events += batch.events if batch else []

    async def has(self, count: int) -> None:
        """Come back when so many were read."""
        await eventually(lambda: len(self.events) >= count)

    @property
    def hosts(self) -> list[Any]:
        return [event.data["hostname"] for event in self.events]

    async def close(self) -> None:
        self.service.close()
        await self.task


@pytest.fixture
async def connections(db: Database) -> Any:
    opened = [await asyncpg.connect(**driver_options(db.engine)) for _ in range(6)]
    yield opened
    for connection in opened:
        await connection.close()


async def test_what_is_committed_late_holds_back_what_comes_after_it(db: Database, connections: Any) -> None:
    reader, late = Reader(db), connections[0].transaction()
    await late.start()
    await connections[0].execute(ADD, "first")
    await connections[1].execute(ADD, "second")
    # The list looks, too, and waits a moment for the one who is late.
    assert (await reader.service.page(ALL, after=0, limit=10)).events == []
    assert reader.events == []
    await late.commit()
    await eventually(lambda: len(reader.events) == 2)
    assert reader.hosts == ["first", "second"]
    await reader.close()


async def test_what_is_rolled_back_holds_back_nothing_for_long(db: Database, connections: Any) -> None:
    reader, late = Reader(db), connections[0].transaction()
    await late.start()
    await connections[0].execute(ADD, "never")
    await connections[1].execute(ADD, "second")
    await late.rollback()
    await eventually(lambda: reader.hosts == ["second"])
    await reader.close()


async def test_a_part_that_is_rolled_back_still_holds_back(db: Database, connections: Any) -> None:
    reader, late = Reader(db), connections[0].transaction()
    await late.start()
    part = connections[0].transaction()
    await part.start()
    await connections[0].execute(ADD, "never")
    await part.rollback()
    await connections[1].execute(ADD, "second")
    await connections[0].execute(ADD, "third")
    await connections[1].execute(ADD, "fourth")
    await late.commit()
    await eventually(lambda: len(reader.events) == 3)
    assert sorted(reader.hosts) == ["fourth", "second", "third"]
    assert [event.seq for event in reader.events] == sorted(event.seq for event in reader.events)
    await reader.close()


async def test_a_transaction_that_writes_something_else_holds_back_nothing(db: Database, connections: Any) -> None:
    reader, other = Reader(db), connections[0].transaction()
    await other.start()
    await connections[0].execute("SELECT pg_current_xact_id()")
    await connections[1].execute(ADD, "one")
    await eventually(lambda: reader.hosts == ["one"])
    await other.rollback()
    await reader.close()


@pytest.mark.parametrize("seed", range(4))
async def test_transactions_in_any_sequence(db: Database, connections: Any, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    readers = [Reader(db), Reader(db)]
    committed: set[str] = set()
    open_: dict[int, tuple[Any, list[str]]] = {}
    for number in range(120):
        which = chance.randrange(len(connections))
        connection = connections[which]
        if which not in open_:
            transaction = connection.transaction()
            await transaction.start()
            open_[which] = transaction, []
        transaction, names = open_[which]
        for _ in range(chance.randrange(3)):
            names.append(f"{seed}-{number}-{len(names)}")
            await connection.execute(ADD, names[-1])
        if chance.random() < 0.5:
            if chance.random() < 0.3:
                await transaction.rollback()
            else:
                await transaction.commit()
                committed |= set(names)
            del open_[which]
        # Lets the readers look in between.
        await asyncio.to_thread(lambda: None)
    for transaction, _ in open_.values():
        await transaction.rollback()
    async with db.engine.connect() as connection_:
        stored = list((await connection_.execute(text("SELECT seq FROM change_event ORDER BY seq"))).scalars())
    for reader in readers:
        await reader.has(len(stored))
        assert [event.seq for event in reader.events] == stored
        assert set(reader.hosts) == committed
        await reader.close()


async def test_a_follower_who_is_slow_reads_from_the_table(db: Database, connections: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("jobsvc.services.events.hub.MOST_WAITING", 5)
    service = EventService(db, PACE)
    subscribed = service.follow(ALL, 0)
    assert await anext(subscribed) is None
    await connections[0].execute(ADD, "0")
    first = await anext(subscribed)
    for number in range(1, 40):
        await connections[0].execute(ADD, str(number))
    await eventually(lambda: any(subscriber.is_behind for subscriber in service.hub._subscribers))
    hosts = [event.data["hostname"] for event in first.events] if first else []
    async with asyncio.timeout(30):
        async for batch in subscribed:
            hosts += [event.data["hostname"] for event in batch.events] if batch else []
            if len(hosts) >= 40:
                break
    assert hosts == [str(number) for number in range(40)]
    await subscribed.aclose()


async def test_events_are_those_of_statuses_that_changed(db: Database, make: Factory, connections: Any) -> None:
    job = (await make.job()).item.job.id
    moves = ["RUNNING", "RUNNING", "FAILED", "QUEUED", "BLOCKED", "PENDING", "QUEUED", "RUNNING", "COMPLETED"]
    for status in moves:
        await connections[0].execute("UPDATE job SET status = $1, num_exes = num_exes + 1 WHERE id = $2", status, job)
    await connections[0].execute("UPDATE job SET max_tries = max_tries + 1 WHERE id = $1", job)
    await connections[0].execute("UPDATE job SET is_superseded = true, superseded = now() WHERE id = $1", job)
    events = (await EventService(db, PACE).of_job(job, after=0, limit=100)).events
    assert [event.type.removeprefix("job.") for event in events] == [
        *("queued", "started", "failed", "requeued", "blocked", "pending", "queued", "started", "completed"),
        *("changed", "superseded"),
    ]
    assert events[-2].data == {"changed": ["max_tries"]}


async def test_imports_write_no_events(db: Database, connections: Any) -> None:
    async with connections[0].transaction():
        await connections[0].execute("SET LOCAL session_replication_role = replica")
        await connections[0].execute(ADD, "old")
    assert (await EventService(db, PACE).page(ALL, after=0, limit=10)).events == []
