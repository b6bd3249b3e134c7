"""The load, and the numbers of executions, are those of the rows, whatever of them is folded and whatever happens to the rows."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from jobsvc.db.clauses import EXECUTION_CLAUSES, where
from jobsvc.db.counting.executions import begun_executions
from jobsvc.db.database import Database
from jobsvc.db.tables import ExecutionRow
from jobsvc.domain.filters import ExecutionFilter, JobTypeFilter
from jobsvc.domain.load import add_up, sample_times
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import Queue
from tests.db.test_counts import fold, recount
from tests.factories import Factory

START = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHARES = (timedelta(), timedelta(microseconds=1), timedelta(minutes=30), HOUR - timedelta(microseconds=1))
"""Of an hour: what happens at its very begin is in its own sample, all else in the next one."""
RANGES = [(-1000, -300), (-60, 61), (-0.25, 0.25), (-0.25, 700), (0, 0), (5.5, 5.75), (100, 843.9), (1200, 1300)]
Times = tuple[datetime, datetime | None, datetime | None]


def times(chance: random.Random) -> Times:
    """When an execution was queued, began and ended."""
    queued = START + chance.randrange(-900, 900) * HOUR + chance.choice(SHARES)
    started = queued + chance.randrange(30) * HOUR + chance.choice(SHARES)
    ended = started + chance.randrange(800) * HOUR + chance.choice(SHARES)
    return chance.choice([(queued, started, ended), (queued, started, ended), (queued, started, None), (queued, None, started)])


def row(job_id: int, job_type_id: int, chance: random.Random) -> dict[str, Any]:
    queued, started, ended = times(chance)
    status = "RUNNING" if ended is None else "CANCELED" if started is None else chance.choice(["COMPLETED", "FAILED"])
    return {
        "job_id": job_id,
        "job_type_id": job_type_id,
        "exe_num": 1,
        "cluster_id": f"{job_id}",
        "queued": queued,
        "started": started,
        "ended": ended,
        "status": status,
        "error_id": chance.choice([None, 1, 2]),
        "last_modified": ended or started,
    }


@pytest.fixture
async def types(queue: Queue, echo: JobTypeDetails, make: Factory) -> list[int]:
    """Two job types with executions, whose rows are written, changed and taken away."""
    chance, ids = random.Random(3), []  # noqa: S311
    async with queue.db.engine.connect() as connection:
        for details in (echo, await make.job_type("other")):
            ids.append(details.item.job_type.id)
            jobs = await queue.pending(details, 60)
            await connection.execute(insert(ExecutionRow), [row(job_id, ids[-1], chance) for job_id in jobs])
            await connection.commit()
    return ids


def at(moment: datetime, rows: Sequence[Times]) -> tuple[int, int]:
    """How many wait and run."""
    waiting = sum(queued <= moment < (started or ended or moment + HOUR) for queued, started, ended in rows)
    running = sum(started is not None and started <= moment < (ended or moment + HOUR) for _, started, ended in rows)
    return waiting, running


async def assert_is_true(db: Database, types: Sequence[int]) -> None:
    columns = (ExecutionRow.job_type_id, ExecutionRow.queued, ExecutionRow.started, ExecutionRow.ended)
    async with db.engine.connect() as connection:
        rows = (await connection.execute(select(*columns))).all()
    for first, last in RANGES:
        moments = sample_times(START + first * HOUR, START + last * HOUR)
        for chosen in (None, types[1:], types):
            criteria = JobTypeFilter(job_type_ids=None if chosen is None else frozenset(chosen))
            seen = [(line.queued, line.started, line.ended) for line in rows if chosen is None or line.job_type_id in chosen]
            async with db.reading() as tx:
                samples = add_up(moments, await tx.statistics.load_steps(criteria, moments))
            shown = [(sample.queued_count, sample.running_count) for sample in samples]
            assert shown == [at(moment, seen) for moment in moments], (first, last, chosen)


CHANGES = (
    "UPDATE execution SET ended = started + interval '181 minutes', status = 'FAILED' WHERE status = 'RUNNING' AND id % 2 = 0",
    "DELETE FROM execution WHERE id % 7 = 0",
    "UPDATE execution SET job_type_id = (SELECT max(id) FROM job_type) WHERE id % 5 = 0",
)


async def test_the_load_is_that_of_the_rows(db: Database, types: list[int]) -> None:
    await assert_is_true(db, types)
    assert await fold(db) > 0
    await assert_is_true(db, types)
    for change in CHANGES:
        async with db.engine.begin() as connection:
            await connection.execute(text(change))
    await assert_is_true(db, types)
    assert await recount(db) == 0
    await fold(db)
    await assert_is_true(db, types)
    assert await recount(db) == 0


@pytest.mark.parametrize("harm", ["DELETE FROM load_count", "UPDATE load_count SET n = n + 1", "DELETE FROM execution_count"])
async def test_what_is_wrong_is_mended(db: Database, types: list[int], harm: str) -> None:
    await fold(db)
    async with db.engine.begin() as connection:
        await connection.execute(text(harm))
    assert await recount(db) > 0
    await assert_is_true(db, types)
    assert await recount(db) == 0


FILTERS = [
    ExecutionFilter(),
    ExecutionFilter(statuses=frozenset({"FAILED", "COMPLETED"})),
    ExecutionFilter(error_ids=frozenset({1}), statuses=frozenset({"FAILED"})),
    ExecutionFilter(started=START, ended=START + 900 * HOUR),
    ExecutionFilter(started=START, ended=START + 900 * HOUR, error_ids=frozenset({2})),
    ExecutionFilter(ended=START + 2.5 * HOUR, statuses=frozenset({"CANCELED"})),
]


@pytest.mark.parametrize("is_folded", [False, True])
async def test_executions_are_counted_with_and_without_their_errors(db: Database, types: list[int], *, is_folded: bool) -> None:
    if is_folded:
        await fold(db)
    async with db.engine.connect() as connection:
        for criteria in FILTERS:
            truth = select(func.count()).select_from(ExecutionRow).where(*where(EXECUTION_CLAUSES, criteria))
            expected = (await connection.execute(truth)).scalar_one()
            assert (await connection.execute(select(begun_executions(criteria)))).scalar_one() == expected, criteria
    assert len(types) == 2
