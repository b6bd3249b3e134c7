"""Labels of jobs: set with the job, changed at any time, asked for."""

import asyncio
from typing import Any

import pytest

from jobsvc.api.context import Services
from jobsvc.domain.records import JobTypeDetails
from tests.factories import Factory
from tests.support import Client

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    """A job type."""
    return await make.job_type("echo")


async def submitted(client: Client, echo: JobTypeDetails, **labels: str) -> int:
    """The id of a new job with labels."""
    answer = await client.post("/v6/jobs/", {"job_type_id": echo.item.job_type.id, "labels": labels})
    assert (answer.status_code, answer.json()["labels"]) == (201, labels)
    job_id: int = answer.json()["id"]
    return job_id


async def listed(client: Client, query: str) -> list[int]:
    """The ids of the jobs that a list shows, whose number is as it says."""
    page = (await client.get(f"/v6/jobs/?order=id&{query}")).json()
    assert page["count"] == len(page["results"])
    return [job["id"] for job in page["results"]]


async def test_a_job_has_the_labels_that_it_came_with(client: Client, echo: JobTypeDetails) -> None:
    job_id = await submitted(client, echo, team="blue", run="1")
    assert (await client.get(f"/v6/jobs/{job_id}/")).json()["labels"] == {"run": "1", "team": "blue"}
    plain = (await client.post("/v6/jobs/", {"job_type_id": echo.item.job_type.id})).json()
    assert plain["labels"] == (await client.get(f"/v6/jobs/{plain['id']}/")).json()["labels"] == {}


async def test_jobs_are_listed_by_their_labels(client: Client, echo: JobTypeDetails) -> None:
    first = await submitted(client, echo, team="blue", run="1")
    second = await submitted(client, echo, team="red", run="1")
    third = await submitted(client, echo, run="x:y")
    cases: dict[str, list[int]] = {
        "label=team:blue": [first],
        "label=team:blue&label=team:red": [first, second],
        "label=team": [first, second],
        "label=team:red&label=run:1": [second],
        "label=team:blue&label=run:x:y": [],
        "label=run:x:y": [third],
        "label=team:blue&status=RUNNING": [],
        "label=TEAM:blue": [],
        "label=:": [],
        "label=": [],
        "label=run:1&status=QUEUED&job_type_name=echo": [first, second],
    }
    assert {query: await listed(client, query) for query in cases} == cases
    stats = (await client.get("/v6/jobs/stats/?label=team")).json()["results"]
    assert [(group["status"], group["count"]) for group in stats] == [("QUEUED", 2)]
    assert [job["id"] for job in (await client.get("/v6/jobs/?label=run:1")).json()["results"]] == [second, first][::-1]


async def test_many_jobs_have_each_its_labels(client: Client, echo: JobTypeDetails) -> None:
    type_id = echo.item.job_type.id
    jobs = [
        {"job_type_id": type_id, "labels": {"n": "1"}},
        {"job_type_id": type_id},
        {"job_type_id": type_id, "labels": {"n": 2}},
    ]
    results = (await client.post("/v6/jobs/bulk/", {"jobs": jobs, "mode": "each"})).json()["results"]
    assert results[2]["error"] == {"status": 400, "detail": "labels.n: must be a string."}
    assert await listed(client, "label=n") == [results[0]["id"]]


async def test_labels_of_all_jobs_of_a_request(client: Client, echo: JobTypeDetails) -> None:
    type_id = echo.item.job_type.id
    jobs = [{"job_type_id": type_id}, {"job_type_id": type_id, "labels": {"team": "red"}}, {"job_type_id": type_id, "labels": 5}]
    body: dict[str, Any] = {"jobs": jobs, "mode": "each", "labels": {"team": "blue", "run": "1"}}
    results = (await client.post("/v6/jobs/bulk/", body, headers={"Idempotency-Key": "a"})).json()["results"]
    assert results[2]["error"] == {"status": 400, "detail": "labels: must be an object of strings."}
    assert await listed(client, "label=team:blue&label=run") == [results[0]["id"]]
    assert await listed(client, "label=team:red&label=run") == [results[1]["id"]]
    other = await client.post("/v6/jobs/bulk/", body | {"labels": {"team": "green"}}, headers={"Idempotency-Key": "a"})
    assert other.status_code == 422
    refused = await client.post("/v6/jobs/bulk/", {"jobs": jobs, "labels": {"Team": "x"}})
    assert (refused.status_code, refused.json()["detail"][:6]) == (400, "labels")


async def test_a_key_stands_for_a_job_with_its_labels(client: Client, echo: JobTypeDetails) -> None:
    body: dict[str, Any] = {"job_type_id": echo.item.job_type.id, "labels": {"a": "1"}}
    answers = [await client.post("/v6/jobs/", body, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await client.post("/v6/jobs/", {**body, "labels": {"a": "2"}}, headers={"Idempotency-Key": "a"})
    assert other.status_code == 422


@pytest.mark.parametrize("status", ["QUEUED", "RUNNING", "COMPLETED", "FAILED", "CANCELED", "BLOCKED"])
async def test_labels_change_at_any_time(client: Client, make: Factory, echo: JobTypeDetails, status: str) -> None:
    job_id = await submitted(client, echo, team="blue", run="1")
    await make.set(job_id, status=status)
    answer = await client.patch(f"/v6/jobs/{job_id}/", {"labels": {"team": "red", "run": None, "new": "", "none": None}})
    assert (answer.status_code, answer.json()["labels"]) == (200, {"new": "", "team": "red"})
    assert (await listed(client, "label=team:red"), await listed(client, "label=run")) == ([job_id], [])


async def test_all_of_a_change_is_made_or_nothing(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    job_id = await submitted(client, echo, team="blue")
    answer = await client.patch(f"/v6/jobs/{job_id}/", {"priority": 7, "labels": {"team": "red"}})
    assert (answer.json()["configuration"]["priority"], answer.json()["labels"]) == (7, {"team": "red"})
    await make.set(job_id, status="COMPLETED")
    assert (await client.patch(f"/v6/jobs/{job_id}/", {"priority": 8, "labels": {"team": "x"}})).status_code == 409
    assert await listed(client, "label=team:red") == [job_id]


async def test_changes_at_the_same_time_do_not_make_too_many(client: Client, echo: JobTypeDetails) -> None:
    job_id = await submitted(client, echo, **{str(n): "" for n in range(31)})
    changes = [client.patch(f"/v6/jobs/{job_id}/", {"labels": {name: ""}}) for name in ("one", "two", "three")]
    assert sorted(answer.status_code for answer in await asyncio.gather(*changes)) == [200, 400, 400]


@pytest.mark.parametrize("labels", [[], "a", {"A": "b"}, {"a": 5}, {"a": {}}, {"a": "v" * 256}])
async def test_what_is_no_label_is_refused(client: Client, echo: JobTypeDetails, labels: object) -> None:
    answer = await client.post("/v6/jobs/", {"job_type_id": echo.item.job_type.id, "labels": labels})
    assert (answer.status_code, answer.json()["detail"][:6]) == (400, "labels")
    job_id = await submitted(client, echo)
    assert (await client.patch(f"/v6/jobs/{job_id}/", {"labels": labels})).status_code == 400


async def test_a_bulk_operation_takes_labels(client: Client, services: Services, echo: JobTypeDetails) -> None:
    job_id, _ = await submitted(client, echo, team="blue"), await submitted(client, echo, team="red")
    assert (await client.post("/v6/jobs/cancel/", {"labels": ["team:blue"]})).status_code == 202
    await services.bulk_work.run_open()
    assert await listed(client, "status=CANCELED") == [job_id]
