"""`Idempotency-Key` on POST /v6/jobs/: a repeated request makes no second job."""

import asyncio

from jobsvc.api.context import Services
from jobsvc.api.middleware import digest_of
from jobsvc.app import bare_app
from tests.factories import Factory
from tests.support import Client

KEY = {"Idempotency-Key": "order 66"}


async def test_the_same_key_and_body_give_the_same_job(client: Client, make: Factory) -> None:
    body = {"job_type_id": (await make.job_type()).item.job_type.id, "input": {}}
    first = await client.post("/v6/jobs/", body, headers=KEY)
    again = await client.post("/v6/jobs/", {"input": {}, "job_type_id": body["job_type_id"]}, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert (await client.get("/v6/jobs/")).json()["count"] == 1


async def test_another_body_under_the_same_key_is_refused(client: Client, make: Factory) -> None:
    job_type_id = (await make.job_type()).item.job_type.id
    await client.post("/v6/jobs/", {"job_type_id": job_type_id}, headers=KEY)
    refused = await client.post("/v6/jobs/", {"job_type_id": job_type_id, "configuration": {"priority": 1}}, headers=KEY)
    assert refused.status_code == 422
    assert "another body" in refused.json()["detail"]


async def test_requests_at_the_same_time_make_one_job(client: Client, make: Factory) -> None:
    body = {"job_type_id": (await make.job_type()).item.job_type.id}
    answers = await asyncio.gather(*(client.post("/v6/jobs/", body, headers=KEY) for _ in range(8)))
    assert {answer.json()["id"] for answer in answers} == {answers[0].json()["id"]}
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 7


async def test_a_refused_request_leaves_its_key_free(client: Client, make: Factory) -> None:
    kind = (await make.job_type(interface={"command": "true", "inputs": {"json": [{"name": "N", "type": "integer"}]}})).item
    body = {"job_type_id": kind.job_type.id}
    assert (await client.post("/v6/jobs/", body, headers=KEY)).status_code == 400
    assert (await client.post("/v6/jobs/", body | {"input": {"json": {"N": 1}}}, headers=KEY)).status_code == 201


async def test_a_key_that_is_too_long_is_refused(client: Client, make: Factory) -> None:
    body = {"job_type_id": (await make.job_type()).item.job_type.id}
    assert (await client.post("/v6/jobs/", body, headers={"Idempotency-Key": "x" * 256})).status_code == 400


async def test_users_do_not_share_keys(services: Services, make: Factory) -> None:
    tokens = {name: digest_of(f"secret of {name}") for name in ("jane", "john")}
    app = bare_app(tokens)
    app.state.services = services
    body = {"job_type_id": (await make.job_type()).item.job_type.id}
    async with Client(app) as client:
        jobs = {
            name: [
                (await client.post("/v6/jobs/", body, headers=KEY | {"Authorization": f"Bearer secret of {name}"})).json()["id"]
                for _ in range(2)
            ]
            for name in tokens
        }
    assert [len(set(ids)) for ids in jobs.values()] == [1, 1]
    assert jobs["jane"] != jobs["john"]
