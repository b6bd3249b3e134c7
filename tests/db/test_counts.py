"""The numbers that lists show are those of the rows, at every moment and whatever happens to the rows."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from structlog.testing import capture_logs

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.database import Database
from jobsvc.db.tables import Base, JobRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.records import JobTypeDetails
from jobsvc.services.counts import CountService
from tests.db.queue import Queue
from tests.db.rows import add
from tests.factories import Factory

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
STATUSES = ("PENDING", "COMPLETED", "FAILED", "CANCELED")
SENSORS = (None, "one", "two")
MOMENTS = [MIDNIGHT + offset for offset in (-timedelta(days=40), -timedelta(microseconds=1), timedelta(), timedelta(hours=7))]
FILTERS = [
    JobFilter(),
    *(JobFilter(statuses=frozenset(chosen)) for chosen in ({"FAILED"}, {"FAILED", "COMPLETED"}, {"RUNNING"}, {"nonsense"})),
    JobFilter(job_type_ids=frozenset({1, 2**70})),
    JobFilter(job_type_names=frozenset({"echo", "other"}), statuses=frozenset({"CANCELED"})),
    JobFilter(job_type_names=frozenset({"nothing"})),
    JobFilter(job_type_names=frozenset({"echo"}), job_type_ids=frozenset({2**60})),
    JobFilter(error_categories=frozenset({"SYSTEM"})),
    JobFilter(error_categories=frozenset({"SYSTEM"}), started=MOMENTS[0], ended=MOMENTS[3]),
    JobFilter(is_superseded=True),
    JobFilter(is_superseded=False, statuses=frozenset({"FAILED"})),
    JobFilter(batch_ids=frozenset({1})),
    JobFilter(batch_ids=frozenset({1, 2}), statuses=frozenset({"FAILED"})),
    JobFilter(recipe_ids=frozenset({1})),
    *(JobFilter(started=start, ended=end) for start in (None, *MOMENTS) for end in (None, *MOMENTS)),
    *(JobFilter(source_started=start, source_ended=end) for start in (None, *MOMENTS) for end in (None, *MOMENTS)),
    *(JobFilter(source_sensors=frozenset({"one"}), source_started=start) for start in (None, *MOMENTS)),
    *(JobFilter(source_sensors=frozenset({"one", "two"}), source_ended=end) for end in (None, *MOMENTS)),
    JobFilter(source_tasks=frozenset({"one"}), statuses=frozenset({"FAILED"})),
    JobFilter(started=datetime(1, 1, 1, tzinfo=UTC), ended=datetime(9999, 12, 31, 23, tzinfo=UTC)),
    JobFilter(statuses=frozenset()),
]


@pytest.fixture
async def ids(queue: Queue, echo: JobTypeDetails, make: Factory) -> list[int]:
    """Jobs of two types, some of which are in a batch."""
    other = await make.job_type("other")
    async with queue.db.engine.begin() as connection:
        for _ in range(2):
            await add(connection, Base.metadata.tables["batch"])
    return await queue.pending(echo, 60) + await queue.pending(other, 40)


async def truths(database: Database, criteria: Sequence[JobFilter]) -> list[int]:
    """The rows that match, counted one by one."""
    async with database.engine.connect() as connection:
        queries = [select(func.count()).select_from(JobRow).where(*where(JOB_CLAUSES, item)) for item in criteria]
        return [(await connection.execute(query)).scalar_one() for query in queries]


async def shown(database: Database, criteria: Sequence[JobFilter]) -> list[int]:
    """The numbers that lists show."""
    async with database.reading() as tx:
        return [await tx.jobs.count(item) for item in criteria]


async def fold(database: Database, rows: int = 1_000_000) -> int:
    async with database.transaction() as tx:
        return await tx.counts.fold(rows)


async def recount(database: Database, rows: int = 10) -> int:
    """How many numbers were wrong; 10 rows are less than there are of most days, and the days of a slice are several."""
    async with database.reading() as tx:
        slices = await tx.counts.slices(rows)
    wrong = 0
    for part in slices:
        async with database.transaction() as tx:
            wrong += await tx.counts.recount(part)
    return wrong


def change(chance: random.Random) -> dict[str, Any]:
    """Any values for what is counted."""
    status = chance.choice(STATUSES)
    sensor = chance.choice(SENSORS)
    times = [None, *MOMENTS]
    superseded = chance.choice([None, MIDNIGHT])
    return {
        "status": status,
        "error_id": chance.choice([None, 1, 2]),
        "is_superseded": superseded is not None,
        "superseded": superseded,
        "batch_id": chance.choice([None, 1, 2]),
        "source_sensor": sensor,
        "source_task": chance.choice(SENSORS),
        "source_started": chance.choice(times),
        "source_ended": chance.choice(times),
        "last_modified": chance.choice(MOMENTS) + timedelta(seconds=chance.randrange(100_000)),
        "last_status_change": chance.choice(times),
    }


async def disturb(database: Database, chance: random.Random, ids: Sequence[int]) -> None:
    """Change, add and delete jobs; now and then all of it is rolled back."""
    for _ in range(15):
        async with database.engine.connect() as connection:
            # In one sequence, so that nobody waits for another in a circle.
            some = sorted(chance.sample(ids, chance.randrange(1, 20)))
            locked = select(JobRow.id).where(JobRow.id.in_(some)).order_by(JobRow.id).with_for_update()
            await connection.execute(locked)
            await connection.execute(update(JobRow).where(JobRow.id.in_(some)).values(**change(chance)))
            await connection.execute(
                text(
                    "INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries, source_sensor) "
                    "SELECT job_type_id, job_type_rev_id, 'PENDING', 3, 'one' FROM job WHERE id = ANY(:ids)"
                ),
                {"ids": some[:3]},
            )
            await connection.execute(text("DELETE FROM job WHERE id = :id"), {"id": some[0]})
            await (connection.commit() if chance.random() < 0.8 else connection.rollback())


async def keep_folding(database: Database) -> None:
    while True:
        await fold(database, 7)


async def test_counts_stay_right_while_many_write_and_others_fold(db: Database, ids: list[int]) -> None:
    folding = [asyncio.create_task(keep_folding(db)) for _ in range(2)]
    await asyncio.gather(*(disturb(db, random.Random(seed), ids) for seed in range(4)))  # noqa: S311
    for task in folding:
        task.cancel()
    await asyncio.gather(*folding, return_exceptions=True)
    assert await shown(db, FILTERS) == await truths(db, FILTERS)
    await fold(db)
    assert await shown(db, FILTERS) == await truths(db, FILTERS)
    assert await recount(db) == 0


async def test_the_service_folds_in_portions_until_nothing_is_left(db: Database, ids: list[int]) -> None:
    await disturb(db, random.Random(1), ids)  # noqa: S311
    assert await fold(db, 5) > 0
    assert await shown(db, FILTERS) == await truths(db, FILTERS)
    await CountService(db).fold(5)
    assert await fold(db) == 0
    assert await shown(db, FILTERS) == await truths(db, FILTERS)
    assert await recount(db) == 0


async def test_a_transaction_sees_its_own_changes_counted(db: Database, ids: list[int]) -> None:
    async with db.transaction() as tx:
        await tx.job_changes.cancel(ids[:7], MIDNIGHT)
        assert await tx.jobs.count(JobFilter(statuses=frozenset({"CANCELED"}))) == 7
        assert await shown(db, [JobFilter(statuses=frozenset({"CANCELED"}))]) == [0]


async def test_what_is_wrong_is_found_and_mended(db: Database, ids: list[int]) -> None:
    await fold(db)
    async with db.engine.begin() as connection:
        for table in ("job_count", "job_source_count"):
            await connection.execute(text(f"UPDATE {table} SET n = n + 3"))  # noqa: S608
    assert await shown(db, [JobFilter()]) == [106]
    assert await recount(db) > 0
    assert await shown(db, FILTERS) == await truths(db, FILTERS)
    assert len(ids) == 100
    assert await recount(db) == 0


OTHERS = """
    INSERT INTO {0} SELECT (jsonb_populate_record(c, '{{"status": "BLOCKED", "value": "nobody"}}')).* FROM {0} c
    ON CONFLICT DO NOTHING
"""


@pytest.mark.parametrize("rows", [1, 10**9])
@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE {} SET n = n - 1",
        "DELETE FROM {}",
        "DELETE FROM {} WHERE n % 2 = 0",
        OTHERS,
    ],
    ids=["less", "nothing", "some", "too-many"],
)
async def test_each_slice_mends_what_is_wrong_in_it_and_nothing_else(
    db: Database, queue: Queue, ids: list[int], *, rows: int, harm: str
) -> None:
    await queue.enqueue(ids[:30])
    assert len(await queue.claim_many(20)) == 20
    await disturb(db, random.Random(1), ids[30:])  # noqa: S311
    await fold(db)
    for table in ("job_count", "job_batch_count", "job_source_count", "execution_count"):
        truth = text(f"SELECT to_jsonb(c) FROM {table} c WHERE n <> 0 ORDER BY 1")  # noqa: S608
        async with db.engine.begin() as connection:
            before = (await connection.execute(truth)).scalars().all()
            await connection.execute(text(harm.format(table)))
        assert await recount(db, rows) > 0
        async with db.engine.connect() as connection:
            assert (await connection.execute(truth)).scalars().all() == before
        assert await recount(db, rows) == 0


async def test_what_is_written_while_slices_are_counted_is_folded_between_them(db: Database, ids: list[int]) -> None:
    chance = random.Random(1)  # noqa: S311
    await disturb(db, chance, ids)
    await fold(db)
    async with db.reading() as tx:
        slices = await tx.counts.slices(10)
    assert len(slices) > 16
    for part in slices:
        await disturb(db, chance, ids[:30])
        async with db.transaction() as tx:
            assert await tx.counts.recount(part) == 0
        assert await fold(db) > 0


async def test_the_service_counts_all_slices(db: Database, ids: list[int]) -> None:
    await fold(db)
    async with db.engine.begin() as connection:
        await connection.execute(text("DELETE FROM job_count"))
    with capture_logs() as logs:
        await CountService(db).verify()
        await CountService(db).verify()
    assert [entry["event"] for entry in logs] == ["counts.mended"]
    assert await shown(db, [JobFilter()]) == [len(ids)]


async def test_rows_of_before_the_counts_are_counted_while_others_write(db: Database, ids: list[int]) -> None:
    async with db.engine.begin() as connection:
        for table in ("job_count", "job_delta", "job_batch_count", "job_source_count", "job_source_reach"):
            await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608
    await asyncio.gather(*(disturb(db, random.Random(seed), ids) for seed in range(3)), recount(db), recount(db))  # noqa: S311
    assert await shown(db, FILTERS) == await truths(db, FILTERS)


async def test_executions_are_counted_by_what_they_are_filtered_by(db: Database, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 3)
    claim = await queue.claim()
    assert claim is not None
    counts = text(
        "SELECT status, sum(n) FROM (SELECT status, n FROM execution_count WHERE grain = 'all' UNION ALL "
        "SELECT status, n FROM execution_delta) u GROUP BY status HAVING sum(n) <> 0"
    )
    async with db.engine.connect() as connection:
        assert [tuple(row) for row in await connection.execute(counts)] == [("RUNNING", 1)]
    assert await fold(db) > 0
    async with db.engine.connect() as connection:
        assert [tuple(row) for row in await connection.execute(counts)] == [("RUNNING", 1)]
    assert await recount(db) == 0
