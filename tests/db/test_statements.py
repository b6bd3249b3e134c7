"""How many statements a use case takes: a page of many jobs no more than a page of one."""

import json

import pytest

from jobsvc.api.context import Services
from jobsvc.api.shapes import shape_of
from jobsvc.api.v3.schemas.jobs import Job as V3Job
from jobsvc.api.v6.schemas.jobs import Job
from jobsvc.db.database import Database
from jobsvc.domain.filters import ExecutionFilter, JobFilter
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.sorting import SortKey
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.db.statements import Statements
from tests.factories import Factory

OLDEST_FIRST = (SortKey(JobOrderField.LAST_MODIFIED),)


@pytest.mark.parametrize("count", [1, 100])
async def test_a_page_takes_as_many_statements_for_one_job_as_for_many(
    queue: Queue, echo: JobTypeDetails, services: Services, count: int
) -> None:
    await queue.queued(echo, count)
    requests = (
        (services.jobs.list_json, shape_of(Job), OLDEST_FIRST, 2),
        (services.v3_jobs.list_json, shape_of(V3Job), OLDEST_FIRST, 2),
        (services.jobs.list_json, shape_of(Job), (), 3),
    )
    for list_json, shape, order, expected in requests:
        with Statements(queue.db) as statements:
            page = await list_json(JobFilter(), order, PageRequest(), shape)
        assert len(json.loads(f"[{','.join(page.items)}]")) == count
        assert len(statements) == expected


async def test_the_details_of_a_job(queue: Queue, make: Factory, services: Services) -> None:
    file = await make.file()
    job_type = await make.job_type(interface={"command": "cat ${IN}", "inputs": {"files": [{"name": "IN"}]}})
    job = await make.job(job_type, input={"files": {"IN": [file.file.id]}})
    await queue.claimed()
    with Statements(queue.db) as statements:
        details = await services.jobs.get(job.item.job.id)
    assert details.execution is not None
    assert len(statements) <= 6


async def test_the_executions_of_a_job(queue: Queue, echo: JobTypeDetails, services: Services) -> None:
    [job_id] = await queue.queued(echo)
    await queue.claimed()
    with Statements(queue.db) as statements:
        page = await services.jobs.executions(job_id, ExecutionFilter(), PageRequest())
    assert len(page.items) == 1
    assert len(statements) == 2


@pytest.mark.parametrize("count", [1, 50])
async def test_a_claim(queue: Queue, echo: JobTypeDetails, count: int) -> None:
    await queue.queued(echo, 100)
    with Statements(queue.db) as statements:
        assert len(await queue.claim_many(count)) == count
    assert len(statements) == 4


@pytest.mark.parametrize("count", [1, 100])
async def test_jobs_are_canceled_and_queued_together(db: Database, queue: Queue, echo: JobTypeDetails, count: int) -> None:
    ids = await queue.pending(echo, count)
    with Statements(db) as statements:
        await queue.enqueue(ids)
        async with db.transaction() as tx:
            await tx.job_changes.lock_chunk(JobFilter(), after_id=0, max_id=max(ids), limit=count)
            await tx.job_changes.cancel(ids, NOON)
    assert len(statements) == 6
