"""Bulk operations as resources: previewed, listed, shown, stopped."""

from typing import Any

import pytest
import pytest_asyncio

from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.bulk import carry_out, job
from tests.api.conftest import Stage
from tests.api.test_details import ECHO
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def echo(stage: Stage) -> JobTypeDetails:
    return await stage.make.job_type("echo")


async def three_jobs(stage: Stage, echo: JobTypeDetails) -> list[int]:
    """A failed job, a completed one and one that waits."""
    return [await rows.job_row(stage.make, echo, **state) for state in (rows.FAILED, rows.COMPLETED, {})]


@pytest.mark.parametrize(("command", "eligible"), [("cancel", 2), ("requeue", 1)])
async def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    stage: Stage, echo: JobTypeDetails, command: str, eligible: int
) -> None:
    job_ids = await three_jobs(stage, echo)
    before = [await job(stage, job_id) for job_id in job_ids]
    answer = await stage.client.post(f"/v6/jobs/{command}/", {"job_ids": job_ids, "dry_run": True})
    assert answer.status_code == 200
    sample = (await stage.client.get("/v6/jobs/", job_id=job_ids, order="id")).json()["results"]
    assert answer.json() == {
        "matched": 3,
        "eligible": eligible,
        "by_status": {"COMPLETED": 1, "FAILED": 1, "PENDING": 1},
        "by_job_type": [{"job_type": ECHO, "count": 3}],
        "sample": sample,
    }
    await stage.services.bulk_work.run_open()
    assert [await job(stage, job_id) for job_id in job_ids] == before


@pytest.mark.parametrize(("count", "status"), [(3, 202), ("3", 202), (2, 409), (0, 409), (-1, 400), ("many", 400)])
async def test_a_request_may_say_how_many_jobs_it_expects(stage: Stage, echo: JobTypeDetails, count: object, status: int) -> None:
    job_ids = await three_jobs(stage, echo)
    answer = await stage.client.post("/v6/jobs/cancel/", {"job_ids": job_ids, "expected_count": count})
    assert answer.status_code == status
    await stage.services.bulk_work.run_open()
    expected = "CANCELED" if status == 202 else "FAILED"
    assert (await job(stage, job_ids[0]))["status"] == expected


async def test_an_operation_says_how_far_it_is(stage: Stage, echo: JobTypeDetails) -> None:
    job_ids = await three_jobs(stage, echo)
    operation = await carry_out(stage, "requeue", *job_ids, priority=3)
    counts = {"matched": 3, "processed": 3, "done": 1, "not_eligible": 2, "conflict": 0, "error": 0}
    said = {"kind": "REQUEUE", "state": "COMPLETED", "priority": 3, "requested_by": "Anonymous", "expected_end": None}
    assert {name: operation[name] for name in counts | said} == counts | said
    assert operation["created"] <= operation["started"] <= operation["ended"]


async def accepted(stage: Stage, job_ids: list[int]) -> str:
    """The path of an operation that nobody has begun."""
    answer = await stage.client.post("/v6/jobs/cancel/", {"job_ids": job_ids})
    return answer.headers["location"].removeprefix(BASE)


async def test_an_operation_that_has_not_begun_can_be_stopped(stage: Stage, echo: JobTypeDetails) -> None:
    job_ids = await three_jobs(stage, echo)
    path = await accepted(stage, job_ids)
    fresh: dict[str, Any] = (await stage.client.get(path)).json()
    assert [fresh[name] for name in ("state", "matched", "processed", "started", "rate")] == ["ACCEPTED", None, 0, None, None]
    await stage.client.post(f"{path}stop/")
    await stage.services.bulk_work.run_open()
    assert (await stage.client.get(path)).json()["state"] == "STOPPED"
    assert (await job(stage, job_ids[0]))["status"] == "FAILED"


async def test_stopping_what_has_ended_changes_nothing(stage: Stage, echo: JobTypeDetails) -> None:
    operation = await carry_out(stage, "cancel", *await three_jobs(stage, echo))
    assert (await stage.client.post(f"/v6/bulk-operations/{operation['id']}/stop/")).json() == operation


async def test_the_latest_come_first(stage: Stage, echo: JobTypeDetails) -> None:
    paths = [await accepted(stage, await three_jobs(stage, echo)) for _ in range(2)]
    page = (await stage.client.get("/v7/bulk-operations/", page_size="2")).json()
    assert [f"/v6/bulk-operations/{item['id']}/" for item in page["results"]] == list(reversed(paths))
    assert page["next"] == f"{BASE}/v7/bulk-operations/?page=2&page_size=2"


@pytest.mark.parametrize("path", ["0/", "99999/", f"{'9' * 40}/"])
async def test_an_operation_that_there_is_not(stage: Stage, path: str) -> None:
    assert (await stage.client.get(f"/v6/bulk-operations/{path}")).status_code == 404
    assert (await stage.client.post(f"/v6/bulk-operations/{path}stop/")).status_code == 404
