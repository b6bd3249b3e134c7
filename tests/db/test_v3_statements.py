"""How many statements the older generation's pages take, and that they find their rows by index."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from jobsvc.api.context import Services
from jobsvc.domain.filters import ExecutionFilter, JobFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.sorting import ExecutionOrderField, parse_sort
from tests.db.queue import Queue
from tests.db.statements import Statements

FIRST = PageRequest()
NEWEST = parse_sort(["-last_modified"], ExecutionOrderField)
PAGES: list[tuple[Callable[[Services], Awaitable[Any]], int]] = [
    (lambda services: services.v3_jobs.updates(JobFilter(), (), FIRST), 4),
    (lambda services: services.v3_jobs.with_executions(JobFilter(), (), FIRST), 4),
    (lambda services: services.v3_executions.list(ExecutionFilter(), NEWEST, FIRST), 4),
]
MANY = """
    WITH ran AS (
        INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries, num_exes, last_modified)
        SELECT job_type_id, id, 'COMPLETED', 3, 1, now() FROM job_type_revision, generate_series(1, 20000)
        RETURNING id, job_type_id
    )
    INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, queued, started, ended, status, last_modified)
    SELECT id, job_type_id, 1, 'x' || id, now(), now(), now(), 'COMPLETED', now() - id * interval '1 second' FROM ran
"""
SCAN = re.compile(r"Seq Scan on (job|execution)\b")


@pytest.mark.parametrize("count", [1, 100])
@pytest.mark.parametrize(("page", "expected"), PAGES)
async def test_a_page_takes_as_many_statements_for_one_row_as_for_many(
    queue: Queue,
    echo: JobTypeDetails,
    services: Services,
    page: Callable[[Services], Awaitable[Any]],
    expected: int,
    count: int,
) -> None:
    await queue.queued(echo, count)
    with Statements(queue.db) as statements:
        assert len((await page(services)).items) == count
    assert len(statements) == expected


async def test_details_take_as_many_statements_for_one_execution_as_for_many(
    queue: Queue, echo: JobTypeDetails, services: Services
) -> None:
    [job_id] = await queue.queued(echo)
    claim = await queue.claimed()
    with Statements(queue.db) as statements:
        await services.v3_jobs.get(job_id)
    assert len(statements) == 4
    with Statements(queue.db) as statements:
        await services.v3_executions.get(claim.execution_id)
    assert len(statements) == 2


@pytest.mark.usefixtures("echo")
async def test_no_page_reads_a_whole_table(queue: Queue, services: Services) -> None:
    await queue.execute(MANY)
    for table in ("job", "execution"):
        await queue.execute(f"ANALYZE {table}")
    with Statements(queue.db) as statements:
        for page, _ in PAGES:
            await page(services)
    plans = await statements.plans()
    assert [statement for statement, plan in plans.items() if SCAN.search(plan) and "count(*)" not in statement] == []
