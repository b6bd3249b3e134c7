"""What requeueing does to jobs and queue.

See docs/spec/behaviour/cancel-and-requeue.md, docs/spec/behaviour/running.md#figures and
docs/spec/decisions.md#cancel-and-requeue.
"""

from typing import Any

import pytest
import pytest_asyncio

from jobsvc.db.tables import BatchRow
from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.bulk import carry_out, executions, job, waiting
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
GONE = {"is_superseded": True, "superseded": rows.T0}
NEVER_QUEUED = {"status": "CANCELED"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def echo(stage: Stage) -> JobTypeDetails:
    """A type whose jobs may be tried twice."""
    return await stage.make.job_type("echo", columns={"max_tries": 2}, configuration={"priority": 50})


@pytest.mark.parametrize("state", [rows.FAILED, rows.CANCELED], ids=["FAILED", "CANCELED"])
async def test_a_failed_or_canceled_job_is_queued_again(stage: Stage, echo: JobTypeDetails, state: dict[str, Any]) -> None:
    node, error = await rows.node_row(stage.make, str(state)), await rows.error_row(stage.make, str(state), "DATA")
    columns = {**state, "num_exes": 2, "max_tries": 2, "started": rows.T0, "ended": rows.T0, "input_file_size": 5.0}
    job_id = await rows.job_row(stage.make, echo, **columns, node_id=node, error_id=error, configuration={"settings": {}})
    before = await job(stage, job_id)
    await carry_out(stage, "requeue", job_id, priority=7)
    after = await job(stage, job_id)
    now = after["last_modified"]
    cleared = dict.fromkeys(("started", "ended", "node_id", "error_id"))
    times = dict.fromkeys(("queued", "last_status_change", "last_modified"), now)
    assert after == {**before, **cleared, **times, "status": "QUEUED", "num_exes": 3, "max_tries": 4}
    (row,) = await waiting(stage, job_id)
    assert (row["exe_num"], row["priority"], row["timeout"], row["input_file_size"]) == (3, 7, 60, 5.0)
    assert row["queued"] == now


OUTCOMES = [
    ({}, "PENDING"),
    ({"status": "BLOCKED"}, "BLOCKED"),
    (rows.QUEUED, "QUEUED"),
    (rows.RUNNING, "RUNNING"),
    (rows.COMPLETED, "COMPLETED"),
    ({**rows.FAILED, **GONE}, "FAILED"),
    ({**rows.CANCELED, **GONE}, "CANCELED"),
    ({**rows.FAILED, "input": None}, "FAILED"),
    ({**rows.CANCELED, "input": None}, "CANCELED"),
]


@pytest.mark.parametrize(("state", "status"), OUTCOMES, ids=lambda value: value if isinstance(value, str) else "")
async def test_all_others_stay_as_they_are(stage: Stage, echo: JobTypeDetails, state: dict[str, Any], status: str) -> None:
    job_id = await rows.job_row(stage.make, echo, **state)
    before = await job(stage, job_id)
    operation = await carry_out(stage, "requeue", job_id)
    assert await job(stage, job_id) == before
    assert (before["status"], operation["done"], operation["not_eligible"]) == (status, 0, 1)


async def test_a_job_canceled_before_it_was_ever_queued_is_queued_for_the_first_time(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **NEVER_QUEUED, max_tries=9)
    await carry_out(stage, "requeue", job_id, priority=4)
    after = await job(stage, job_id)
    assert (after["status"], after["num_exes"], after["max_tries"]) == ("QUEUED", 1, 9)
    assert after["queued"] == after["last_status_change"]
    assert [(row["exe_num"], row["priority"]) for row in await waiting(stage, job_id)] == [(1, 4)]


@pytest.mark.parametrize("state", [{"input": None}, GONE], ids=["no input", "superseded"])
async def test_without_input_or_superseded_it_only_becomes_pending(
    stage: Stage, echo: JobTypeDetails, state: dict[str, Any]
) -> None:
    job_id = await rows.job_row(stage.make, echo, **NEVER_QUEUED, **state)
    before = await job(stage, job_id)
    await carry_out(stage, "requeue", job_id)
    after = await job(stage, job_id)
    times = dict.fromkeys(("last_status_change", "last_modified"), after["last_modified"])
    assert after == {**before, **times, "status": "PENDING"}
    assert await waiting(stage, job_id) == []


PRIORITIES = [
    ({}, {}, {}, 50),
    ({}, {"priority": 30}, {}, 30),
    ({"configuration": {"priority": 20}}, {"priority": 30}, {}, 20),
    ({"configuration": {"priority": 20}}, {"priority": 30}, {"priority": 10}, 10),
]


@pytest.mark.parametrize(("batch", "configuration", "members", "priority"), PRIORITIES)
async def test_the_priority_is_that_of_the_request_the_batch_the_job_or_the_type(
    stage: Stage,
    echo: JobTypeDetails,
    batch: dict[str, Any],
    configuration: dict[str, Any],
    members: dict[str, Any],
    priority: int,
) -> None:
    batch_id = await stage.make.row(BatchRow, **batch)
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED, batch_id=batch_id, configuration=configuration)
    await carry_out(stage, "requeue", job_id, **members)
    assert [row["priority"] for row in await waiting(stage, job_id)] == [priority]
    assert (await job(stage, job_id))["configuration"] == configuration


async def test_a_priority_holds_for_one_time_only(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED)
    for members, priority in (({"priority": 1}, 1), ({}, 50)):
        await carry_out(stage, "requeue", job_id, **members)
        assert [row["priority"] for row in await waiting(stage, job_id)] == [priority]
        await carry_out(stage, "cancel", job_id)


async def test_tries_are_counted_on(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED | {"num_exes": 2, "max_tries": 2})
    await carry_out(stage, "requeue", job_id)
    assert [(await job(stage, job_id))[name] for name in ("num_exes", "max_tries")] == [3, 4]
    await carry_out(stage, "cancel", job_id)
    await carry_out(stage, "requeue", job_id)
    assert [(await job(stage, job_id))[name] for name in ("num_exes", "max_tries")] == [4, 5]
    assert [(row["exe_num"], row["status"]) for row in await executions(stage, job_id)] == [(3, "CANCELED")]


async def test_requeueing_a_queued_job_changes_nothing_more(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED)
    await carry_out(stage, "requeue", job_id)
    before = (await job(stage, job_id), await waiting(stage, job_id))
    await carry_out(stage, "requeue", job_id, priority=1)
    assert (await job(stage, job_id), await waiting(stage, job_id)) == before


async def test_details_of_a_requeued_job(stage: Stage, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(stage.make, echo, **rows.FAILED)
    await rows.execution_row(stage.make, job_id, echo, status="FAILED")
    await carry_out(stage, "requeue", job_id)
    shown = (await stage.client.get(f"/v6/jobs/{job_id}/")).json()
    assert (shown["status"], shown["execution"], shown["started"], shown["ended"]) == ("QUEUED", None, None, None)
    assert (await stage.client.get(f"/v6/jobs/{job_id}/executions/")).json()["count"] == 1
