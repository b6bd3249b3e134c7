"""What cancelling does to jobs, queue and executions.

See docs/spec/behaviour/cancel-and-requeue.md and docs/spec/decisions.md#cancel-and-requeue.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from jobsvc.db.tables import LeaseRow
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.bulk import carry_out, executions, job, waiting
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def echo(stage: Stage) -> JobTypeDetails:
    return await stage.make.job_type("echo", configuration={"priority": 42})


CANCELABLE: list[dict[str, Any]] = [
    {},
    {"status": "BLOCKED"},
    rows.RUNNING,
    rows.FAILED,
    {"is_superseded": True, "superseded": rows.T0},
    {"input": None},
]


@pytest.mark.parametrize("state", CANCELABLE, ids=lambda state: "-".join(str(value) for value in state.values()) or "PENDING")
async def test_a_job_that_is_neither_completed_nor_canceled_is_canceled(
    stage: Stage, echo: JobTypeDetails, state: dict[str, Any]
) -> None:
    node, error = await rows.node_row(stage.make, str(state)), await rows.error_row(stage.make, str(state), "DATA")
    job_id = await rows.job_row(stage.make, echo, **state, node_id=node, error_id=error, configuration={"priority": 3})
    before = await job(stage, job_id)
    operation = await carry_out(stage, "cancel", job_id)
    after = await job(stage, job_id)
    now = after["last_modified"]
    changed = {"status": "CANCELED", "error_id": None, "node_id": None, "last_status_change": now, "last_modified": now}
    assert after == {**before, **changed}
    assert datetime.now(UTC) - now < timedelta(minutes=1)
    assert (operation["matched"], operation["done"], operation["not_eligible"]) == (1, 1, 0)


@pytest.mark.parametrize("state", [rows.COMPLETED, rows.CANCELED], ids=["COMPLETED", "CANCELED"])
async def test_a_job_that_is_completed_or_canceled_stays_as_it_is(
    stage: Stage, echo: JobTypeDetails, state: dict[str, Any]
) -> None:
    job_id = await rows.job_row(stage.make, echo, **state)
    before = await job(stage, job_id)
    operation = await carry_out(stage, "cancel", job_id)
    assert await job(stage, job_id) == before
    assert (operation["state"], operation["done"], operation["not_eligible"]) == ("COMPLETED", 0, 1)


async def test_a_waiting_attempt_becomes_a_canceled_execution(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = (await stage.make.job(echo)).item.job.id
    assert (await stage.client.get(f"/v6/jobs/{job_id}/executions/")).json()["count"] == 0
    await carry_out(stage, "cancel", job_id)
    after = await job(stage, job_id)
    (execution,) = await executions(stage, job_id)
    assert await waiting(stage, job_id) == []
    assert (execution["status"], execution["exe_num"], execution["priority"]) == ("CANCELED", 1, 42)
    assert (execution["node_id"], execution["started"], execution["error_id"]) == (None, None, None)
    assert (execution["queued"], execution["ended"]) == (after["queued"], after["last_status_change"])
    assert (after["num_exes"], after["ended"]) == (1, None)


async def test_such_an_execution_is_listed_but_not_shown_in_the_details(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = (await stage.make.job(echo)).item.job.id
    await carry_out(stage, "cancel", job_id)
    assert (await stage.client.get(f"/v6/jobs/{job_id}/")).json()["execution"] is None
    shown = (await stage.client.get(f"/v6/jobs/{job_id}/executions/1/")).json()
    assert shown["cluster_id"].startswith("scale_job_")
    assert shown["cluster_id"].endswith(f"_{job_id}x1")
    assert (shown["node"], shown["started"], shown["output"]) == (None, None, None)
    assert shown["task_results"] == {"version": "1.0", "tasks": []}
    assert shown["resources"] == {"resources": {"cpus": 0.0, "mem": 0.0, "disk": 0.0, "gpus": 0.0}}


async def test_a_running_attempt_is_told_to_stop_and_ends_later(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.RUNNING)
    running = await rows.execution_row(stage.make, job_id, echo, status="RUNNING", ended=None)
    await rows.lease_row(stage.make, running, job_id, echo)
    await carry_out(stage, "cancel", job_id)
    assert (await job(stage, job_id))["status"] == "CANCELED"
    assert (await executions(stage, job_id))[0]["status"] == "RUNNING"
    async with stage.db.engine.connect() as connection:
        lease = await connection.execute(select(LeaseRow.cancel_requested).where(LeaseRow.job_id == job_id))
    assert lease.scalar_one() is not None


async def test_earlier_executions_stay(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED)
    await rows.execution_row(stage.make, job_id, echo, status="FAILED")
    before = await executions(stage, job_id)
    await carry_out(stage, "cancel", job_id)
    assert await executions(stage, job_id) == before


async def test_cancelling_twice_changes_nothing_more(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = (await stage.make.job(echo)).item.job.id
    await carry_out(stage, "cancel", job_id)
    before = (await job(stage, job_id), await executions(stage, job_id))
    await carry_out(stage, "cancel", job_id)
    assert (await job(stage, job_id), await executions(stage, job_id)) == before


async def test_only_what_fits_is_canceled(stage: Stage, echo: JobTypeDetails) -> None:
    chosen, other = [await rows.job_row(stage.make, echo, **state) for state in (rows.FAILED, {})]
    await carry_out(stage, "cancel", chosen, other, 999_999, status="FAILED")
    assert [(await job(stage, job_id))["status"] for job_id in (chosen, other)] == ["CANCELED", "PENDING"]


async def test_jobs_that_come_after_the_request_are_left_alone(stage: Stage, echo: JobTypeDetails) -> None:
    kind = {"job_types": [{"name": "echo", "version": "1.0.0"}], "status": "PENDING"}
    before = await rows.job_row(stage.make, echo)
    assert (await stage.client.post("/v6/jobs/cancel/", kind)).status_code == 202
    after = await rows.job_row(stage.make, echo)
    await stage.services.bulk_work.run_open()
    assert [(await job(stage, job_id))["status"] for job_id in (before, after)] == ["CANCELED", "PENDING"]
