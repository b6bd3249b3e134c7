"""POST /v6/jobs/bulk/: many jobs in one request, all of them or those that are valid."""

import asyncio
import gzip
import json
from typing import Any

import pytest
from sqlalchemy import text

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.tables import EventRow, IdempotencyKeyRow, JobInputFileRow, JobRow, QueueRow
from tests.api.rows import counts
from tests.api.submissions import FILE, INACTIVE, MANY, TYPE, body, make_type
from tests.factories import Factory
from tests.refusing import refusing
from tests.support import Client

PATH = "/v6/jobs/bulk/"
KEY = {"Idempotency-Key": "batch 7"}
LINES = {"Content-Type": "application/x-ndjson"}
TABLES = (EventRow, JobRow, QueueRow, JobInputFileRow, IdempotencyKeyRow)
BAD: list[tuple[object, int, str]] = [
    ({"job_type_id": 99}, 404, "Job type 99 does not exist."),
    ({"job_type_id": 2**70}, 404, f"Job type {2**70} does not exist."),
    ({"job_type_id": INACTIVE}, 400, f"job_type_id: the job type {INACTIVE} is not active."),
    ({}, 400, "job_type_id: "),
    ({"job_type_id": "one"}, 400, "job_type_id: must be an integer."),
    ({"job_type_id": None}, 400, "job_type_id: "),
    (7, 400, "must be an object."),
    (None, 400, "must be an object."),
    ([], 400, "must be an object."),
    (body(input=[]), 400, "input: must be an object"),
    (body(input=None), 400, "input.files.IN: is required"),
    (body(input={"files": {"IN": [99]}}), 400, "input.files.IN: there is no file 99."),
    (body(input={"files": {"IN": [FILE, MANY]}}), 400, "input.files.IN: takes one file, not 2"),
    (body(input={"files": {"IN": [FILE]}, "json": {"INTEGER": 2**70}}), 400, "input.json.INTEGER: must be an integer of 64 bits"),
    (body(input={"files": {"IN": [FILE]}, "json": {"STRING": "a\0b"}}), 400, "input.json.STRING: text must not hold U+0000"),
    (body(input={"files": {"IN": [FILE]}, "json": {"STRING": "x" * 2**18}}), 400, "input.json.STRING: is 262151 bytes long"),
    (body(configuration={"priority": 0}), 400, "configuration.priority: "),
    (body(configuration={"bogus": 0}), 400, "configuration.bogus: "),
    (body(configuration={"max_log_bytes": 1}), 400, "configuration.max_log_bytes: is allowed"),
    (body(configuration={"output_workspaces": {"default": "nowhere"}}), 400, "configuration.output_workspaces: there is no"),
    (body(configuration={"output_workspaces": {}}), 400, "configuration.output_workspaces.outputs."),
]


@pytest.fixture(autouse=True)
async def job_types(make: Factory) -> None:
    await make_type(make)


def lines(*documents: object) -> bytes:
    """JSON texts, one a line."""
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


async def test_each_job_is_what_it_is_alone(client: Client) -> None:
    configured = body(configuration={"priority": 7, "settings": {"LEVEL": "3", "PASSWORD": "x"}})
    several = body(input={"files": {"IN": [FILE], "SOME": [MANY, FILE, MANY]}, "json": {"NUMBER": 1.50, "OBJECT": {"b": 1}}})
    bodies = [body(), configured, several]
    alone = [(await client.post("/v6/jobs/", item)).json() for item in bodies]
    answer = await client.post(PATH, {"jobs": bodies})
    results = answer.json()["results"]
    assert (answer.status_code, answer.json()["created"], answer.json()["refused"]) == (200, 3, 0)
    assert [(item["index"], item["id"], item["error"]) for item in results] == [(0, 4, None), (1, 5, None), (2, 6, None)]
    for single, result in zip(alone, results, strict=True):
        made = (await client.get(f"/v6/jobs/{result['id']}/")).json()
        different = {name for name in single if single[name] != made[name]}
        assert different == {"id", "event", "created", "queued", "last_status_change", "last_modified"}
        assert made["event"]["type"] == "USER"
        assert made["created"] == made["queued"] == made["last_modified"]


async def test_places_in_the_queue_are_those_of_single_jobs(client: Client, make: Factory) -> None:
    endless = (await make.job_type("endless", columns={"is_long_running": True}, configuration={"priority": 3})).item
    bodies = [body(configuration={"priority": 7}), body(), {"job_type_id": endless.job_type.id}]
    for item in bodies:
        await client.post("/v6/jobs/", item)
    await client.post(PATH, {"jobs": bodies})
    async with make.db.engine.connect() as connection:
        query = "SELECT job_type_id, exe_num, priority, timeout, input_file_size, not_before FROM queue ORDER BY job_id"
        rows = (await connection.execute(text(query))).all()
        assert rows[:3] == rows[3:]
        order = "SELECT job_id FROM queue ORDER BY id"
        assert list((await connection.execute(text(order))).scalars()) == [1, 2, 3, 4, 5, 6]
    assert [row.priority for row in rows[:3]] == [7, 100, 3]
    assert [row.timeout for row in rows[:3]] == [60, 60, None]


@pytest.mark.parametrize(("document", "status", "detail"), BAD, ids=[detail for *_, detail in BAD])
async def test_a_job_that_is_refused_alone_is_so_among_others(
    client: Client, make: Factory, document: object, status: int, detail: str
) -> None:
    answer = await client.post(PATH, {"jobs": [body(), document, body()], "mode": "each"})
    good, bad, last = answer.json()["results"]
    assert (answer.status_code, answer.json()["created"], answer.json()["refused"]) == (200, 2, 1)
    assert (good["id"], bad["id"], last["id"]) == (1, None, 2)
    assert bad["error"]["status"] == status
    assert bad["error"]["detail"].startswith(detail)
    if isinstance(document, dict):
        alone = await client.post("/v6/jobs/", document)
        assert (alone.status_code, alone.json()["detail"]) == (status, bad["error"]["detail"])
    refused = await client.post(PATH, {"jobs": [body(), document, {"job_type_id": 98}]}, headers=KEY)
    assert refused.status_code == status
    assert refused.json()["detail"].startswith(f"jobs[1]: {detail.rstrip('.')}")
    assert refused.json()["detail"].endswith(". 1 more are refused, too. No job was made.")
    assert await counts(make.db, *TABLES) == [2, 2, 2, 2, 0]


@pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl; charset=utf-8", "Application/NDJSON"])
async def test_a_job_a_line(client: Client, media_type: str) -> None:
    content = lines(body()) + b"\r\n  \n" + lines(body()).rstrip()
    answer = await client.post(PATH, content=content, headers={"Content-Type": media_type})
    assert [(item["index"], item["id"]) for item in answer.json()["results"]] == [(0, 1), (1, 2)]


@pytest.mark.parametrize("line", [b"{", b"nonsense", b'{"job_type_id": 1, "job_type_id": 1}', b"[1]", b'"\\ud800"', b"\xff"])
async def test_a_line_that_cannot_be_read_is_refused_alone(client: Client, line: bytes) -> None:
    content = lines(body()) + line + b"\n" + lines(body())
    answer = await client.post(f"{PATH}?mode=each", content=content, headers=LINES)
    assert [item["id"] for item in answer.json()["results"]] == [1, None, 2]
    refused = await client.post(PATH, content=content, headers=LINES)
    assert (refused.status_code, refused.json()["detail"][:8]) == (400, "jobs[1]:")
    assert (await client.get("/v6/jobs/")).json()["count"] == 2


@pytest.mark.parametrize(
    ("accept", "is_lines"),
    [
        ("application/x-ndjson", True),
        ("application/jsonl, */*;q=0.1", True),
        ("application/json, application/x-ndjson;q=0.9", False),
        ("text/html, */*", False),
        ("", False),
    ],
)
async def test_results_a_line(client: Client, accept: str, *, is_lines: bool) -> None:
    answer = await client.post(PATH, {"jobs": [body(), 7], "mode": "each"}, headers={"Accept": accept})
    expected = [
        {"index": 0, "id": 1, "error": None},
        {"index": 1, "id": None, "error": {"status": 400, "detail": "must be an object."}},
    ]
    if is_lines:
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert [json.loads(line) for line in answer.content.splitlines()] == expected
    else:
        assert answer.json() == {"created": 1, "refused": 1, "results": expected}


async def test_a_request_that_is_repeated_makes_nothing(client: Client, make: Factory) -> None:
    mixed = {"jobs": [body(), {"job_type_id": 99}, body(), 7], "mode": "each"}
    first = await client.post(PATH, mixed, headers=KEY)
    again = await client.post(f"{PATH}?mode=each", content=lines(*mixed["jobs"]), headers=KEY | LINES)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()
    assert (await client.get("/v6/jobs/")).json()["count"] == 2
    for other in ({"jobs": [body()]}, mixed | {"mode": "atomic"}):
        assert (await client.post(PATH, other, headers=KEY)).status_code == 422
    assert (await client.post("/v6/jobs/", body(), headers=KEY)).status_code == 422
    assert await counts(make.db, *TABLES) == [2, 2, 2, 2, 1]


async def test_requests_at_the_same_time_make_the_jobs_once(client: Client) -> None:
    asked = {"jobs": [body()] * 20}
    answers = await asyncio.gather(*(client.post(PATH, asked, headers=KEY) for _ in range(6)))
    assert {tuple(item["id"] for item in answer.json()["results"]) for answer in answers} == {
        tuple(item["id"] for item in answers[0].json()["results"])
    }
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 5
    assert (await client.get("/v6/jobs/")).json()["count"] == 20


@pytest.mark.parametrize("state", ["25006", "40P01", "53100", "57014", "57P01"])
async def test_a_database_that_says_no_leaves_nothing(client: Client, make: Factory, database_url: str, state: str) -> None:
    asked = {"jobs": [body()] * 3}
    async with refusing(database_url, state, "queue"):
        refused = await client.post(PATH, asked, headers=KEY)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    assert await counts(make.db, *TABLES) == [0, 0, 0, 0, 0]
    assert (await client.post(PATH, asked, headers=KEY)).json()["created"] == 3


@pytest.mark.parametrize(
    ("document", "status", "detail"),
    [
        ({"jobs": [body()] * 5001}, 413, "jobs: 5001 jobs are too many for one request; send 5000 at most"),
        ({"jobs": []}, 400, "jobs: "),
        ({}, 400, "jobs: "),
        ({"jobs": {}}, 400, "jobs: "),
        ({"jobs": None}, 400, "jobs: "),
        ([body()], 400, "The body must be a JSON object."),
        ({"jobs": [body()], "mode": "some"}, 400, "mode: "),
        ({"jobs": [body()], "mode": 1}, 400, "mode: "),
    ],
)
async def test_a_request_that_is_none(client: Client, document: Any, status: int, detail: str) -> None:
    answer = await client.post(PATH, document)
    assert (answer.status_code, answer.json()["detail"][: len(detail)]) == (status, detail)


async def test_requests_that_are_none_in_other_ways(client: Client) -> None:
    assert (await client.post(PATH, content=lines(*[body()] * 5001), headers=LINES)).status_code == 413
    assert (await client.post(f"{PATH}?mode=some", {"jobs": [body()]})).status_code == 400
    for content, media_type, status in [
        (b"", "application/x-ndjson", 400),
        (b"\n\n", "application/x-ndjson", 400),
        (b"", "application/json", 400),
        (lines(body()), "text/csv", 415),
    ]:
        assert (await client.post(PATH, content=content, headers={"Content-Type": media_type})).status_code == status
    assert (await client.post(PATH, {"jobs": [body()]}, headers={"Idempotency-Key": "x" * 256})).status_code == 400
    assert (await client.get(PATH)).status_code == 405
    assert (await client.get("/v6/jobs/")).json()["count"] == 0


async def test_a_body_that_is_too_large_says_what_to_do(services: Services) -> None:
    app = bare_app({})
    app.state.services = services
    object.__setattr__(services.options, "max_body_bytes", 2000)
    async with Client(app) as client:
        for content, headers in [(json.dumps({"jobs": [body()] * 50}).encode(), {}), (lines(*[body()] * 50), LINES)]:
            answer = await client.post(PATH, content=content, headers=headers)
            assert answer.status_code == 413
            assert answer.json()["detail"] == "The body is larger than 2000 bytes. Send the jobs in several requests."


async def test_five_thousand_jobs_compressed(client: Client, make: Factory) -> None:
    content = gzip.compress(lines(*({"job_type_id": TYPE, "input": {"files": {"IN": [FILE]}}} for _ in range(5000))), 1)
    answer = await client.post(PATH, content=content, headers=LINES | {"Content-Encoding": "gzip"})
    assert [item["id"] for item in answer.json()["results"]] == list(range(1, 5001))
    assert await counts(make.db, *TABLES) == [5000, 5000, 5000, 5000, 0]


async def test_nothing_is_remembered_of_a_request_that_made_nothing(client: Client, make: Factory) -> None:
    asked = {"jobs": [{"job_type_id": TYPE + 2}], "mode": "each"}
    assert (await client.post(PATH, asked, headers=KEY)).json()["created"] == 0
    await make.job_type("late")
    assert (await client.post(PATH, asked, headers=KEY)).json()["created"] == 1
