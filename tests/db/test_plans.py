"""The statements that run all day use an index when there are many jobs."""

import re

import pytest

from jobsvc.api.shapes import shape_of
from jobsvc.api.v6.schemas.jobs import Job
from jobsvc.db.database import Database
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.sorting import SortKey, parse_sort
from jobsvc.domain.transitions import Enqueue
from jobsvc.domain.writes import JobEnd
from tests.db.queue import END, MINUTE, Queue
from tests.db.rows import NOON
from tests.db.statements import Statements

JOBS = 20_000
SCAN = re.compile(r"Seq Scan on (job|queue)\b")


@pytest.fixture
async def crowd(queue: Queue, echo: JobTypeDetails) -> Queue:
    """A queue of very many jobs, as PostgreSQL's statistics know it."""
    ids = await queue.pending(echo, JOBS)
    await queue.enqueue(ids[: JOBS // 2])
    for table in ("job", "queue"):
        await queue.execute(f"ANALYZE {table}")
    return queue


async def scans(statements: Statements) -> list[str]:
    """The statements that read a whole table (to count all jobs there is no other way)."""
    plans = await statements.plans()
    return [f"{statement}\n{plan}" for statement, plan in plans.items() if SCAN.search(plan) and "count(*)" not in statement]


async def test_nothing_that_runs_often_reads_a_whole_table(crowd: Queue, db: Database) -> None:
    for item in (JobFilter(), JobFilter(job_ids=frozenset({1, 2})), JobFilter(statuses=frozenset({"RUNNING"}))):
        assert await scans(await listed(db, item)) == []
    assert await scans(await listed(db, JobFilter(), *parse_sort(["-last_modified"], JobOrderField))) == []
    assert await scans(await claimed(crowd)) == []
    assert await scans(await canceled(crowd)) == []


async def test_what_reads_a_whole_table_is_noticed(queue: Queue, db: Database) -> None:
    with Statements(db) as statements:
        await queue.execute("SELECT max(num_exes) FROM job")
    assert len(await scans(statements)) == 1


async def listed(db: Database, criteria: JobFilter, *order: SortKey[JobOrderField]) -> Statements:
    with Statements(db) as statements:
        async with db.transaction() as tx:
            await tx.jobs.json_page(criteria, order, PageRequest(size=100), shape_of(Job))
    return statements


async def claimed(queue: Queue) -> Statements:
    with Statements(queue.db) as statements:
        async with queue.db.transaction() as tx:
            claims = await queue.claim_many_in(tx, 20)
            ids = [claim.execution_id for claim in claims]
            await tx.claims.lock_lease(ids[0], claims[0].token)
            await tx.launch_inputs.of_executions(ids)
            assert len(await tx.claims.hold_free(claims)) == 20
            await tx.claims.end(dict.fromkeys(ids, END), NOON)
            await tx.job_changes.close([JobEnd(claim.job_id, "COMPLETED", None, {}) for claim in claims], NOON)
    return statements


async def canceled(queue: Queue) -> Statements:
    with Statements(queue.db) as statements:
        async with queue.db.transaction() as tx:
            await tx.job_changes.lock_chunk(JobFilter(), after_id=5000, max_id=JOBS, limit=100)
            await tx.job_changes.cancel([10, 11], NOON)
            await tx.job_changes.enqueue([Enqueue(10, 2, 3)], NOON)
            await tx.claims.lost(MINUTE, limit=100)
    return statements
