"""Jobs through the client."""

from uuid import uuid4

import pytest

from jobsvc.client.aio import AsyncClient
from jobsvc.client.errors import ApiError, NotFinal
from jobsvc.client.models import NewJob

from .conftest import NOTHING, SECONDS


async def test_a_job_is_submitted_and_waited_for(client: AsyncClient, quick: int) -> None:
    job = await client.jobs.submit(quick, NOTHING)
    ended = await client.jobs.wait(job["id"], max_wait=30, interval=0.05)
    assert ended["status"] == "COMPLETED"
    assert [execution["exe_num"] async for execution in client.jobs.executions(job["id"])] == [1]


async def test_waiting_has_an_end(client: AsyncClient, slow: int) -> None:
    job = await client.jobs.submit(slow, SECONDS)
    with pytest.raises(NotFinal) as problem:
        await client.jobs.wait(job["id"], max_wait=0)
    assert problem.value.job_id == job["id"]


async def test_all_pages_are_read(client: AsyncClient, quick: int) -> None:
    made = [(await client.jobs.submit(quick, NOTHING))["id"] for _ in range(5)]
    result = [job["id"] async for job in client.jobs.all(page_size=2, job_type_name=["quick"])]
    assert result == sorted(result)
    assert set(made) <= set(result)
    assert [job["id"] async for job in client.jobs.all(job_id=made, order=["-id"])] == made[::-1]


async def test_a_key_makes_one_job(client: AsyncClient, quick: int) -> None:
    key = uuid4().hex
    job = await client.jobs.submit(quick, NOTHING, idempotency_key=key)
    assert (await client.jobs.submit(quick, NOTHING, idempotency_key=key))["id"] == job["id"]
    with pytest.raises(ApiError) as problem:
        await client.jobs.submit(quick, NOTHING, {"priority": 7}, idempotency_key=key)
    assert problem.value.status == 422


async def test_many_jobs_at_once(client: AsyncClient, quick: int) -> None:
    key = uuid4().hex
    jobs: list[NewJob] = [{"job_type_id": quick}, {"job_type_id": 10**6}]
    with pytest.raises(ApiError, match=r"jobs\[1\]: Job type 1000000 does not exist"):
        await client.jobs.submit_many(jobs)
    created = await client.jobs.submit_many(jobs, valid_only=True, idempotency_key=key)
    assert (created["created"], created["refused"]) == (1, 1)
    assert await client.jobs.submit_many(jobs, valid_only=True, idempotency_key=key) == created


async def test_what_the_service_refuses_is_an_error_with_its_words(client: AsyncClient) -> None:
    with pytest.raises(ApiError, match="Job 1000000 does not exist") as problem:
        await client.jobs.get(10**6)
    assert problem.value.status == 404


async def test_jobs_as_numbers(client: AsyncClient, quick: int) -> None:
    job = await client.jobs.submit(quick, NOTHING)
    await client.jobs.wait(job["id"], max_wait=30, interval=0.05)
    [group] = (await client.jobs.stats("status", "job_type_name", job_id=[job["id"]]))["results"]
    assert (group["status"], group["job_type_name"], group["count"]) == ("COMPLETED", "quick", 1)
    histogram = await client.jobs.histogram("minute", split="status", job_id=[job["id"]])
    assert [bar["counts"] for bar in histogram["results"] if bar["count"]] == [{"COMPLETED": 1}]
