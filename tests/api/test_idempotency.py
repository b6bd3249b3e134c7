"""`Idempotency-Key` on POST /v6/jobs/: a repeated request makes no second job."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from jobsvc.api.context import Services
from jobsvc.api.middleware import digest_of
from jobsvc.app import bare_app
from jobsvc.services.clock import utc_now
from jobsvc.services.request_keys import RequestKeyService
from tests.factories import Factory
from tests.support import Client

KEYS = text("SELECT split_part(key, ':', 2) FROM idempotency_key ORDER BY 1")
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


async def test_a_key_is_forgotten_after_its_time_and_all_others_stay(client: Client, make: Factory) -> None:
    body = {"job_type_id": (await make.job_type()).item.job_type.id}
    for key in ("old", "older", "new"):
        await client.post("/v6/jobs/", body, headers={"Idempotency-Key": key})
    age = text("UPDATE idempotency_key SET created = created - CAST(:days AS interval) WHERE key LIKE :key")
    async with make.db.engine.begin() as connection:
        for key, days in (("%:old", 7), ("%:older", 400), ("%:new", 6)):
            await connection.execute(age, {"days": timedelta(days=days), "key": key})
    await RequestKeyService(make.db, utc_now, days=0).delete_expired()
    async with make.db.engine.connect() as connection:
        assert (await connection.execute(KEYS)).scalars().all() == ["new", "old", "older"]
    await RequestKeyService(make.db, utc_now, days=7).delete_expired()
    async with make.db.engine.connect() as connection:
        assert (await connection.execute(KEYS)).scalars().all() == ["new"]
    answers = [await client.post("/v6/jobs/", body, headers={"Idempotency-Key": key}) for key in ("old", "new")]
    assert ["idempotent-replayed" in answer.headers for answer in answers] == [False, True]


async def test_many_old_keys_go_in_batches_while_somebody_keeps_one(make: Factory) -> None:
    many = text(
        "INSERT INTO idempotency_key (key, body_digest, created) "
        "SELECT 'user:' || i, '', now() - interval '8 days' FROM generate_series(1, 2500) i"
    )
    async with make.db.engine.begin() as connection:
        await connection.execute(many)
    service = RequestKeyService(make.db, utc_now, days=7)
    async with make.db.engine.begin() as connection:
        await connection.execute(text("SELECT * FROM idempotency_key WHERE key = 'user:7' FOR UPDATE"))
        await asyncio.gather(service.delete_expired(), service.delete_expired())
        assert (await connection.execute(KEYS)).scalars().all() == ["7"]
    await service.delete_expired()
    async with make.db.engine.connect() as connection:
        assert (await connection.execute(KEYS)).scalars().all() == []
