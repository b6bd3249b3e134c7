"""How clients of v3 queue and requeue jobs.

See docs/spec/behaviour/cancel-and-requeue.md#requeue and docs/spec/behaviour/siblings.md.
"""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.api import rows
from tests.factories import Factory
from tests.support import Client

INTERFACE = {
    "command": "true ${INPUT}",
    "inputs": {"files": [{"name": "INPUT"}], "json": [{"name": "LEVEL", "type": "integer", "required": False}]},
}


async def test_a_job_is_queued(client: Client, make: Factory) -> None:
    kind = (await make.job_type(interface=INTERFACE)).item.job_type.id
    file = (await make.file("a.txt")).file.id
    data = {"version": "1.0", "input_data": [{"name": "INPUT", "file_id": file}], "output_data": []}
    answer = await client.post("/v4/queue/new-job/", {"job_type_id": kind, "job_data": data})
    job = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (201, f"http://service.test/v4/jobs/{job['id']}/")
    assert job == (await client.get(f"/v4/jobs/{job['id']}/")).json()
    assert (job["status"], job["inputs"][0]["value"]["file_name"]) == ("QUEUED", "a.txt")
    assert (await client.get(f"/v6/jobs/{job['id']}/")).json()["input"] == {"files": {"INPUT": [file]}, "json": {}}


async def queue_level(client: Client, make: Factory, level: object) -> httpx.Response:
    """Queue a job whose interface does not say that its property is an integer."""
    kind = await make.job_type(interface={"command": "true", "inputs": {"json": [{"name": "LEVEL", "type": "integer"}]}})
    data = {"input_data": [{"name": "LEVEL", "value": level}]}
    return await client.post("/queue/new-job/", {"job_type_id": kind.item.job_type.id, "job_data": data})


@pytest.mark.parametrize("level", ["3", 3])
async def test_a_property_may_be_a_text(client: Client, make: Factory, level: object) -> None:
    job = (await queue_level(client, make, level)).json()
    assert job["inputs"] == [{"name": "LEVEL", "type": "property", "value": 3}]
    assert (await client.get(f"/v6/jobs/{job['id']}/")).json()["input"]["json"] == {"LEVEL": 3}


@pytest.mark.parametrize("level", ["", "three", "3.0", "true", "9" * 20, "9" * 5000, "[3]"])
async def test_but_only_one_that_says_what_the_input_takes(client: Client, make: Factory, level: str) -> None:
    assert (await queue_level(client, make, level)).status_code == 400


BAD: list[tuple[dict[str, Any], int]] = [
    ({}, 400),
    ({"job_type_id": "x", "job_data": {}}, 400),
    ({"job_type_id": 999, "job_data": {"version": "1.0", "input_data": []}}, 404),
    ({"job_type_id": 1, "job_data": {"version": "1.0", "input_data": []}}, 400),
    ({"job_type_id": 1, "job_data": []}, 400),
    ({"job_type_id": 1, "job_data": {"version": "1.0", "input_data": [{"name": "INPUT", "file_id": 999}]}}, 400),
]


@pytest.mark.parametrize(("body", "status"), BAD)
async def test_what_cannot_be_queued(client: Client, make: Factory, body: dict[str, Any], status: int) -> None:
    await make.job_type(interface=INTERFACE)
    answer = await client.post("/queue/new-job/", body)
    assert answer.status_code == status
    assert (await client.get("/jobs/")).json()["count"] == 0


@pytest.fixture
async def jobs(make: Factory) -> list[int]:
    """The ids of a FAILED, a CANCELED, a superseded, a COMPLETED and a RUNNING job, in this sequence."""
    kind = await make.job_type()
    replaced = {**rows.FAILED, "is_superseded": True, "superseded": rows.T0}
    states = [rows.FAILED, rows.CANCELED, replaced, rows.COMPLETED, rows.RUNNING]
    return [await rows.job_row(make, kind, **state, last_modified=rows.hour(number)) for number, state in enumerate(states)]


# What is asked for, the jobs that match, and those of them that are requeued.
SELECTED: list[tuple[dict[str, Any], list[int], list[int]]] = [
    ({"job_type_names": ["echo"]}, [0, 1, 2, 3, 4], [0, 1]),
    ({"status": "FAILED"}, [0, 2], [0]),
    ({"status": "CANCELED", "priority": 0}, [1], [1]),
    ({"status": "COMPLETED"}, [3], []),
    ({"status": ["COMPLETED", "CANCELED"]}, [1, 3], [1]),
    ({"status": "NONE"}, [], []),
    ({"job_ids": [2, 3, 4, 5]}, [1, 2, 3, 4], [1]),
    ({"job_ids": [4, 99]}, [3], []),
    ({"job_ids": 1}, [0], [0]),
    ({"job_type_ids": [1, 99]}, [0, 1, 2, 3, 4], [0, 1]),
    ({"job_type_ids": [99]}, [], []),
    ({"job_type_names": ["grep"]}, [], []),
    ({"job_type_categories": ["none"]}, [], []),
    ({"error_categories": ["DATA"]}, [], []),
    ({"started": "2020-01-01T01:00:00Z"}, [1, 2, 3, 4], [1]),
    ({"ended": "2020-01-01T00:00:00Z"}, [0], [0]),
    ({}, [0, 1, 2, 3, 4], [0, 1]),
]


@pytest.mark.parametrize(("body", "matched", "requeued"), SELECTED)
async def test_failed_and_canceled_jobs_are_requeued_and_all_that_match_are_listed(
    client: Client, jobs: list[int], body: dict[str, Any], matched: list[int], requeued: list[int]
) -> None:
    before = {job["id"]: job["status"] for job in (await client.get("/jobs/")).json()["results"]}
    answer = await client.post("/queue/requeue-jobs/", body)
    assert (answer.status_code, answer.json()["count"]) == (200, len(matched))
    result = {job["id"]: job["status"] for job in answer.json()["results"]}
    queued = {jobs[number]: "QUEUED" for number in requeued}
    assert result == {jobs[number]: before[jobs[number]] for number in matched} | queued
    assert {job["id"] for job in (await client.get("/jobs/?status=QUEUED")).json()["results"]} == queued.keys()


async def test_the_priority_is_that_of_the_request(client: Client, jobs: list[int]) -> None:
    await client.post("/queue/requeue-jobs/", {"job_ids": jobs, "priority": 7})
    status = (await client.get("/v6/queue/status/")).json()["results"]
    assert [statu["highest_priority"] for statu in status] == [7]


async def test_only_the_first_page_is_shown(client: Client, jobs: list[int]) -> None:
    answer = (await client.post("/queue/requeue-jobs/?page_size=1", {"job_ids": jobs})).json()
    assert (answer["count"], len(answer["results"]), answer["next"], answer["previous"]) == (5, 1, None, None)


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize("body", [{"jobs": [1]}, {"priority": -1}, {"job_ids": ["x"]}, {"started": "now"}, {"started": 5}, []])
async def test_what_cannot_be_understood_requeues_nothing(client: Client, body: Any) -> None:
    assert (await client.post("/queue/requeue-jobs/", body)).status_code == 400
    assert (await client.get("/jobs/?status=QUEUED")).json()["count"] == 0


async def test_an_installation_may_ask_for_a_filter(client: Client, jobs: list[int]) -> None:
    services = client.app.state.services
    client.app.state.services = replace(services, options=replace(services.options, bulk_require_filter=True))
    assert (await client.post("/queue/requeue-jobs/", {"priority": 5})).status_code == 400
    assert (await client.post("/queue/requeue-jobs/", {"job_ids": jobs})).json()["count"] == 5
