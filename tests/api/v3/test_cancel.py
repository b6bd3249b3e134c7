"""PATCH of a job.

See docs/spec/services/v3-update-job.md, docs/spec/behaviour/v3-jobs.md#update and docs/spec/decisions.md#cancel-and-requeue.
"""

from typing import Any

import pytest

from tests.api import rows
from tests.factories import Factory
from tests.support import Client

STATES: dict[str, dict[str, Any]] = {
    "PENDING": {},
    "BLOCKED": {"status": "BLOCKED"},
    "FAILED": {**rows.FAILED, "ended": rows.T0},
}


async def test_a_queued_job_is_canceled(client: Client, make: Factory) -> None:
    job = (await make.job()).item.job.id
    answer = await client.patch(f"/jobs/{job}/", {"status": "CANCELED"})
    assert (answer.status_code, answer.json()) == (200, (await client.get(f"/jobs/{job}/")).json())
    assert answer.json()["status"] == "CANCELED"
    assert answer.json()["ended"] == answer.json()["last_status_change"] is not None
    assert [item["status"] for item in (await client.get("/job-executions/?status=QUEUED")).json()["results"]] == []
    assert (await client.get(f"/v6/jobs/{job}/")).json()["status"] == "CANCELED"


@pytest.mark.parametrize("state", STATES)
async def test_every_job_that_has_not_succeeded_can_be(client: Client, make: Factory, state: str) -> None:
    job = await rows.job_row(make, await make.job_type(), **STATES[state])
    answer = (await client.patch(f"/v5/jobs/{job}/", {"status": "CANCELED"})).json()
    assert (answer["status"], answer["error"]) == ("CANCELED", None)
    assert answer["ended"] not in {None, "2020-01-01T00:00:00Z"}


@pytest.mark.parametrize("columns", [rows.COMPLETED, {**rows.CANCELED, "ended": rows.T0}])
async def test_a_finished_job_is_left_as_it_is(client: Client, make: Factory, columns: dict[str, Any]) -> None:
    job = await rows.job_row(make, await make.job_type(), **columns)
    before = (await client.get(f"/jobs/{job}/")).json()
    answer = await client.patch(f"/jobs/{job}/", {"status": "CANCELED"})
    assert (answer.status_code, answer.json()) == (200, before)


BAD: list[tuple[Any, str]] = [
    ({"status": "FAILED", "b": 1, "priority": None}, "Unexpected fields: b, priority."),
    ({"name": "x"}, "Unexpected fields: name."),
    ({}, "status: must be CANCELED."),
    ({"status": None}, "status: must be CANCELED."),
    ({"status": "canceled"}, "status: must be CANCELED."),
    ({"status": "RUNNING"}, "status: must be CANCELED."),
    ({"status": ["CANCELED"]}, "status: must be CANCELED."),
    (["status"], "The body must be a JSON object."),
    ("CANCELED", "The body must be a JSON object."),
]


@pytest.mark.parametrize(("body", "detail"), BAD)
async def test_what_cannot_be_understood_changes_nothing(client: Client, make: Factory, body: Any, detail: str) -> None:
    job = (await make.job()).item.job.id
    answer = await client.patch(f"/jobs/{job}/", body)
    assert (answer.status_code, answer.json()["detail"]) == (400, detail)
    assert (await client.get(f"/jobs/{job}/")).json()["status"] == "QUEUED"


async def test_a_body_that_is_no_json(client: Client) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await client.request("PATCH", "/jobs/1/", content=b"{")).status_code == 400
    assert (await client.request("PATCH", "/jobs/1/", content=b"status=CANCELED", headers=form)).status_code == 415


@pytest.mark.parametrize("number", ["1", "0", "9" * 40])
async def test_a_job_that_there_is_not(client: Client, number: str) -> None:
    assert (await client.patch(f"/jobs/{number}/", {"status": "CANCELED"})).status_code == 404
