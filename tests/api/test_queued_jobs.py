"""Jobs that do not start before a time, and changes of jobs that wait."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.domain.records import JobTypeDetails
from jobsvc.services.queueing import QueueService, Worker
from tests.db.queue import MINUTE, Queue
from tests.factories import Factory
from tests.support import Client

pytestmark = pytest.mark.asyncio
LATER = "2100-01-01T00:00:00Z"


@pytest.fixture
async def queue(make: Factory) -> Queue:
    """The queue of the test's database."""
    async with make.db.transaction() as tx:
        return Queue(make.db, await tx.nodes.ensure("node-1", {}))


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    """A job type."""
    return await make.job_type("echo")


async def submitted(client: Client, echo: JobTypeDetails, **members: Any) -> dict[str, Any]:
    """A new job, as its answer shows it."""
    answer = await client.post("/v6/jobs/", {"job_type_id": echo.item.job_type.id, **members})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def queued_row(queue: Queue, job_id: int) -> Any:
    """Priority, timeout and earliest start."""
    [row] = await queue.execute("SELECT priority, timeout, not_before FROM queue WHERE job_id = :id", id=job_id)
    return row


@pytest.mark.parametrize("moment", [LATER, "2100-01-01T02:00:00+02:00", "2100-01-01 00:00Z"])
async def test_a_job_waits_for_its_time(client: Client, queue: Queue, echo: JobTypeDetails, moment: str) -> None:
    job = await submitted(client, echo, not_before=moment)
    assert (await queued_row(queue, job["id"]))[2] == datetime(2100, 1, 1, tzinfo=UTC)
    [reason] = [reason for reason in job["pending"]["reasons"] if reason["name"] == "not-before"]
    assert reason["description"] == f"It waits until {LATER}."
    assert await queue.claim() is None
    await queue.execute("UPDATE queue SET not_before = now() - interval '1 second'")
    assert (await queue.claimed()).job_id == job["id"]


async def test_a_time_that_is_over_is_none(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    job = await submitted(client, echo, not_before="2000-01-01T00:00:00Z")
    assert (await queued_row(queue, job["id"]))[2] is None
    assert (await queue.claimed()).job_id == job["id"]


@pytest.mark.parametrize("moment", ["tomorrow", "2100-01-01", "2100-01-01T00:00:00", "PT1H", 5, [], "2100-02-30T00:00:00Z", ""])
async def test_what_is_no_time_is_refused(client: Client, echo: JobTypeDetails, moment: object) -> None:
    answer = await client.post("/v6/jobs/", {"job_type_id": echo.item.job_type.id, "not_before": moment})
    assert (answer.status_code, answer.json()["detail"][:11]) == (400, "not_before:")


async def test_many_jobs_have_each_its_time(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    type_id = echo.item.job_type.id
    jobs = [{"job_type_id": type_id, "not_before": LATER}, {"job_type_id": type_id}, {"job_type_id": type_id, "not_before": "x"}]
    results = (await client.post("/v6/jobs/bulk/", {"jobs": jobs, "mode": "each"})).json()["results"]
    assert [result["error"] is None for result in results] == [True, True, False]
    assert (await queued_row(queue, results[0]["id"]))[2] == datetime(2100, 1, 1, tzinfo=UTC)
    assert [claim.job_id for claim in await queue.all_claimed()] == [results[1]["id"]]


async def test_a_key_stands_for_a_job_with_its_time(client: Client, echo: JobTypeDetails) -> None:
    body = {"job_type_id": echo.item.job_type.id, "not_before": LATER}
    first = await client.post("/v6/jobs/", body, headers={"Idempotency-Key": "a"})
    again = await client.post("/v6/jobs/", body, headers={"Idempotency-Key": "a"})
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = await client.post("/v6/jobs/", {**body, "not_before": None}, headers={"Idempotency-Key": "a"})
    assert other.status_code == 422


async def test_what_waits_can_be_changed(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    job = await submitted(client, echo)
    answer = await client.patch(f"/v6/jobs/{job['id']}/", {"priority": 7, "timeout": 99, "not_before": LATER})
    assert (answer.status_code, answer.json()["configuration"]["priority"]) == (200, 7)
    assert await queued_row(queue, job["id"]) == (7, 99, datetime(2100, 1, 1, tzinfo=UTC))
    assert await queue.claim() is None
    answer = await client.patch(f"/v6/jobs/{job['id']}/", {"not_before": None})
    assert answer.status_code == 200
    claim = await queue.claimed()
    assert await queue.execute("SELECT job_id, priority, timeout FROM execution") == [(claim.job_id, 7, 99)]


async def test_a_changed_priority_moves_a_job_in_front(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    first, second = await submitted(client, echo), await submitted(client, echo, configuration={"priority": 500})
    await client.patch(f"/v6/jobs/{second['id']}/", {"priority": 1})
    assert [claim.job_id for claim in await queue.all_claimed()] == [second["id"], first["id"]]


@pytest.mark.parametrize("status", ["RUNNING", "COMPLETED", "FAILED", "CANCELED", "PENDING", "BLOCKED"])
async def test_what_does_not_wait_in_the_queue_is_left_as_it_is(
    client: Client, make: Factory, queue: Queue, echo: JobTypeDetails, status: str
) -> None:
    job = await submitted(client, echo)
    await make.set(job["id"], status=status)
    before = await queued_row(queue, job["id"])
    answer = await client.patch(f"/v6/jobs/{job['id']}/", {"priority": 7})
    assert (answer.status_code, f"The job is {status}" in answer.json()["detail"]) == (409, True)
    assert await queued_row(queue, job["id"]) == before


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"priority": 0}, 400),
        ({"priority": None}, 400),
        ({"priority": "high"}, 400),
        ({"timeout": 0}, 400),
        ({"timeout": 2**40}, 400),
        ({"not_before": "soon"}, 400),
        ({"status": "RUNNING"}, 400),
        ([], 400),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused(client: Client, echo: JobTypeDetails, body: Any, status: int) -> None:
    job = await submitted(client, echo)
    assert (await client.patch(f"/v6/jobs/{job['id']}/", body)).status_code == status


async def test_a_job_that_is_not_there_is_not_changed(client: Client) -> None:
    assert (await client.patch("/v6/jobs/99/", {"priority": 1})).status_code == 404


async def test_of_a_change_and_a_claim_at_the_same_time_one_comes_first(
    client: Client, make: Factory, queue: Queue, echo: JobTypeDetails
) -> None:
    service = QueueService(make.db, lambda: datetime.now(UTC), lease=MINUTE, cancel_deadline=timedelta(minutes=1))
    for _ in range(10):
        job = await submitted(client, echo)
        change = client.patch(f"/v6/jobs/{job['id']}/", {"timeout": 77})
        answer, taken = await asyncio.gather(change, service.claim(Worker("w", queue.node_id)))
        taken = taken or await service.claim(Worker("w", queue.node_id))
        timeouts = await queue.execute("SELECT timeout FROM execution WHERE job_id = :id", id=job["id"])
        assert (len(taken), timeouts) == (1, [{200: 77, 409: 60}[answer.status_code]])
