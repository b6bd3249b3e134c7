"""Each documented parameter of the job list, in the repository, over HTTP and in what a bulk operation selects."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
import pytest_asyncio

from jobsvc.api.criteria import build
from jobsvc.api.v6.filters import JOB_LIST
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.sorting import SortKey
from tests.api import filter_cases
from tests.api.conftest import Stage
from tests.api.filter_cases import ALONE, JOBS, LITERAL, TOGETHER

pytestmark = pytest.mark.asyncio(loop_scope="module")
CASES = pytest.mark.parametrize(("query", "expected"), [*ALONE, *TOGETHER, *LITERAL])
PAIRED = {"started", "ended", "source_started", "source_ended"}
BY_TIME = [SortKey(JobOrderField.LAST_MODIFIED)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ids(stage: Stage) -> dict[str, int]:
    return await filter_cases.make_jobs(stage.make)


def labels(ids: dict[str, int], result: list[int]) -> str:
    names = {ids[label]: label for label in JOBS.split()}
    return " ".join(names[job_id] for job_id in result)


def read(query: str) -> JobFilter:
    """The filter that a query means, with pydantic's own reading of the values."""
    values = parse_qs(query, keep_blank_values=True)
    result = {name: item[-1] if name in PAIRED | {"is_superseded"} else item for name, item in values.items()}
    return build(JobFilter, JOB_LIST, result, datetime.now(UTC))


@CASES
async def test_the_list_selects(stage: Stage, ids: dict[str, int], query: str, expected: str) -> None:
    answer = await stage.client.get(f"/v6/jobs/?{query.format(**ids)}")
    assert answer.status_code == 200
    assert labels(ids, [job["id"] for job in answer.json()["results"]]) == expected
    assert answer.json()["count"] == len(expected.split())
    assert (await stage.client.get(f"/v7/jobs/?{query.format(**ids)}")).json() == answer.json()


@CASES
async def test_repository_count_and_bulk_select_the_same(stage: Stage, ids: dict[str, int], query: str, expected: str) -> None:
    requested = read(query.format(**ids))
    async with stage.db.transaction() as tx:
        page = await tx.jobs.ids_of_page(requested, BY_TIME, PageRequest())
        count = await tx.jobs.count(requested)
        locked = await tx.job_changes.lock_chunk(requested, after_id=0, max_id=1000, limit=1000)
    assert labels(ids, list(page.items)) == expected
    assert (page.count, count) == (len(page.items), len(page.items))
    assert {job.id for job in locked} == set(page.items)


async def test_the_table_has_a_case_for_every_parameter() -> None:
    assert {name for query, _ in ALONE for name in parse_qs(query)} == set(JOB_LIST)


async def test_each_of_these_cases_would_fail_if_its_parameter_were_ignored() -> None:
    assert [query for query, expected in ALONE if expected == JOBS] == []


@pytest.mark.parametrize("query", ["bogus=1", "stat=FAILED", "job_ids=1", "url=x", "job_type_category=x", "_=1700000000"])
async def test_unknown_parameters_are_ignored(stage: Stage, ids: dict[str, int], query: str) -> None:
    jobs = (await stage.client.get(f"/v6/jobs/?{query}")).json()["results"]
    assert labels(ids, [job["id"] for job in jobs]) == JOBS


async def test_the_time_range_is_that_of_last_modified(stage: Stage, ids: dict[str, int]) -> None:
    result = (await stage.client.get("/v6/jobs/", started="2020-01-01T04:00:00Z", ended="2020-01-01T04:00:00.000001Z")).json()
    (job,) = result["results"]
    assert (job["id"], job["last_modified"], job["started"]) == (ids["running"], "2020-01-01T04:00:00Z", "2020-01-01T00:00:00Z")
