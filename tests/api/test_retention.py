"""Retention: what job types say, holds, the preview and a purge, as callers see them."""

from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.records import JobTypeDetails
from tests.factories import Factory
from tests.support import Client

OF_ECHO = "/v6/job-types/echo/1.0.0/retention/"
NOTHING = {"job_days": None, "failed_job_days": None, "product_days": None, "log_days": None, "is_held": False}


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    return await make.job_type("echo")


async def old_job(make: Factory, echo: JobTypeDetails, days: int = 400) -> int:
    job_id = (await make.job(echo)).item.job.id
    async with make.db.transaction() as tx:
        await tx.job_changes.lock(job_id)
        await tx.job_changes.cancel([job_id], datetime.now(UTC) - timedelta(days=days))
    return job_id


async def test_a_job_type_says_how_long_its_jobs_are_kept(client: Client, echo: JobTypeDetails) -> None:
    assert echo
    default = {"job_days": 365, "failed_job_days": 365, "product_days": 0, "log_days": 90}
    assert (await client.get(OF_ECHO)).json() == {**NOTHING, "effective": default}
    answer = await client.request("PUT", OF_ECHO, json={"job_days": 30, "product_days": 90, "log_days": 7})
    effective = {"job_days": 30, "failed_job_days": 30, "product_days": 90, "log_days": 7}
    assert (answer.status_code, answer.json()) == (
        200,
        {**NOTHING, "job_days": 30, "product_days": 90, "log_days": 7, "effective": effective},
    )
    assert (await client.get(OF_ECHO)).json() == answer.json()
    assert (await client.request("PUT", OF_ECHO, json={"is_held": True})).json() == {
        **NOTHING,
        "is_held": True,
        "effective": default,
    }
    assert (await client.request("PUT", "/v6/job-types/none/1/retention/", json={})).status_code == 404


@pytest.mark.parametrize("body", [{"job_days": -1}, {"job_days": 36_501}, {"job_days": "x"}, {"days": 1}, {"is_held": "perhaps"}])
async def test_what_cannot_be_meant_is_refused_and_changes_nothing(
    client: Client, echo: JobTypeDetails, body: dict[str, object]
) -> None:
    assert echo
    answer = await client.request("PUT", OF_ECHO, json=body)
    assert (answer.status_code, next(iter(body)) in answer.json()["detail"]) == (400, True)
    assert (await client.get(OF_ECHO)).json()["effective"]["job_days"] == 365


async def test_a_job_is_held_and_released(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    job_id = await old_job(make, echo)
    hold = f"/v6/jobs/{job_id}/hold/"
    assert (await client.get(hold)).status_code == 404
    refused = await client.request("PUT", hold, json={"reason": "x" * 1001})
    assert (refused.status_code, refused.json()["detail"]) == (400, "reason: has 1001 characters; 1000 are allowed.")
    answer = await client.request("PUT", hold, json={"reason": "evidence"})
    assert (answer.status_code, answer.json()["job_id"], answer.json()["reason"]) == (200, job_id, "evidence")
    assert (await client.get(hold)).json() == answer.json()
    assert (await client.get("/v6/retention/preview/")).json()["jobs"] == 0
    assert [(await client.request("DELETE", hold)).status_code for _ in range(2)] == [204, 204]
    assert (await client.get("/v6/retention/preview/")).json()["jobs"] == 1
    assert (await client.request("PUT", "/v6/jobs/99999/hold/", json={})).status_code == 404
    assert (await client.request("DELETE", "/v6/jobs/99999/hold/")).status_code == 404
    assert (await client.get(f"/v6/jobs/{2**63}/hold/")).status_code == 404


async def test_a_purge_is_seen_first_and_then_as_a_bulk_operation(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    old, young = await old_job(make, echo), await old_job(make, echo, 3)
    answer = await client.post("/v6/retention/purge/", json={"dry_run": True})
    [of_echo] = answer.json()["by_job_type"]
    assert (answer.status_code, answer.json()["jobs"], of_echo["job_type"]["name"], of_echo["executions"]) == (200, 1, "echo", 1)
    assert (await client.get("/v6/retention/preview/")).json() == answer.json()
    types = [{"name": "echo", "version": "1.0.0"}]
    accepted = await client.post("/v6/retention/purge/", json={"job_types": types})
    assert accepted.status_code == 202
    await make.services.bulk_work.run_open(purges=True)
    [operation] = (await client.get("/v6/bulk-operations/?kind=PURGE&kind=CANCEL")).json()["results"]
    assert accepted.headers["location"].endswith(f"/v6/bulk-operations/{operation['id']}/")
    assert (operation["kind"], operation["state"], operation["done"]) == ("PURGE", "COMPLETED", 1)
    assert (await client.get("/v6/bulk-operations/")).json()["results"] == []
    assert (await client.get("/v6/bulk-operations/?kind=PRUNE")).status_code == 400
    assert operation["filter"] == {"job_type_ids": [echo.item.job_type.id]}
    assert (await client.get(f"/v6/jobs/{old}/")).status_code == 404
    assert (await client.get(f"/v6/jobs/{old}/events/")).status_code == 404
    assert (await client.get("/v6/jobs/")).json()["count"] == 1
    assert (await client.get(f"/v6/jobs/{young}/")).status_code == 200
    unknown = await client.post("/v6/retention/purge/", json={"job_types": [{"name": "none", "version": "1"}]})
    assert unknown.status_code == 400
