"""What clients see of a database that says no for a while: try again, and nothing has happened."""

import pytest

from tests.factories import Factory
from tests.refusing import canceling, read_only, refusing
from tests.support import Client

KEY = {"Idempotency-Key": "once"}
STATES = ["25006", "40001", "40P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "58030"]
ORDERS = [
    ("/v6/jobs/", {"job_type_id": 1}),
    ("/v6/jobs/cancel/", {"job_ids": [1]}),
    ("/v6/jobs/requeue/", {"job_ids": [1]}),
]


@pytest.mark.parametrize("state", STATES)
async def test_an_order_that_is_repeated_makes_one_job(client: Client, make: Factory, database_url: str, state: str) -> None:
    body = {"job_type_id": (await make.job_type()).item.job_type.id}
    async with refusing(database_url, state, "job"):
        refused = await client.post("/v6/jobs/", body, headers=KEY)
    assert (refused.status_code, refused.headers["retry-after"], list(refused.json())) == (503, "5", ["detail", "request_id"])
    assert (await client.get("/v6/jobs/")).json()["count"] == 0
    made = [await client.post("/v6/jobs/", body, headers=KEY) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert (await client.get("/v6/jobs/")).json()["count"] == 1


@pytest.mark.parametrize(("path", "body"), ORDERS)
async def test_a_database_that_is_read_only(
    client: Client, make: Factory, database_url: str, path: str, body: dict[str, object]
) -> None:
    await make.job()
    async with read_only(database_url):
        refused = await client.post(path, body)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert (await client.get("/v6/jobs/1/")).json()["status"] == "QUEUED"
    # One answer may still come by a connection that was made meanwhile, and stays read-only; then all are made anew.
    answers = [(await client.post(path, body)).status_code for _ in range(3)]
    assert max(answers[1:]) < 300


async def test_statements_that_are_canceled_all_the_time(client: Client, make: Factory, database_url: str) -> None:
    body = {"job_type_id": (await make.job_type()).item.job_type.id}
    statuses = set()
    async with canceling(database_url, 0):
        for number in range(40):
            answer = await client.post("/v6/jobs/", body, headers={"Idempotency-Key": f"order {number}"})
            statuses.add(answer.status_code)
    assert statuses <= {201, 503}
    for number in range(40):
        assert (await client.post("/v6/jobs/", body, headers={"Idempotency-Key": f"order {number}"})).status_code == 201
    assert (await client.get("/v6/jobs/")).json()["count"] == 40
