"""What callers see of jobs that start after others."""

import httpx

from jobsvc.domain.records import JobTypeDetails
from tests.factories import Factory
from tests.support import Client


async def test_the_details_say_what_a_job_waits_for(client: Client, make: Factory) -> None:
    kind: JobTypeDetails = await make.job_type()
    parent = (await make.job(kind)).item.job.id
    body = {"job_type_id": kind.item.job_type.id, "input": {}, "after": [parent]}
    answer = await client.post("/v6/jobs/", json=body)
    assert answer.status_code == httpx.codes.CREATED
    shown = answer.json()
    assert (shown["status"], shown["after"]) == ("PENDING", [{"id": parent, "status": "QUEUED"}])
    assert [reason["name"] for reason in shown["pending"]["reasons"]] == ["parents"]
    assert (await client.get(f"/v6/jobs/{shown['id']}/")).json() == shown
    page = (await client.get("/v6/jobs/?status=PENDING")).json()
    assert ([job["id"] for job in page["results"]], page["count"]) == ([shown["id"]], 1)
    types = [event["type"] for event in (await client.get(f"/v6/jobs/{shown['id']}/events/")).json()["results"]]
    assert types == ["job.pending"]


async def test_what_cannot_be_waited_for_is_said(client: Client, make: Factory) -> None:
    kind = (await make.job_type()).item.job_type.id
    for members, words in (
        ({"after": [99]}, "after: there is no job 99."),
        ({"after": ["x"]}, "after"),
        ({"after": 5}, "after"),
        ({"after": [2**70]}, "after: there is no job"),
        ({"after_items": [0]}, "after_items"),
    ):
        answer = await client.post("/v6/jobs/", json={"job_type_id": kind, "input": {}, **members})
        assert answer.status_code == httpx.codes.BAD_REQUEST
        assert words in answer.json()["detail"]
    answer = await client.post("/v6/jobs/bulk/", json={"jobs": [{"job_type_id": kind, "input": {}, "after_items": [0]}]})
    assert (answer.status_code, "jobs[0]: after_items: 0 is not" in answer.json()["detail"]) == (400, True)
