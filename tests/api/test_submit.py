"""POST /v6/jobs/: what is accepted, and what it becomes (docs/spec/behaviour/submit.md and docs/spec/decisions.md#submission)."""

from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from jobsvc.db.tables import EventRow, QueueRow
from tests.api.conftest import Stage
from tests.api.submissions import FILE, MANY, TYPE, body, make_type
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
MIB = 2**20


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_types(stage: Stage) -> None:
    await make_type(stage.make)


async def submitted(stage: Stage, **members: Any) -> dict[str, Any]:
    answer = await stage.client.post("/v6/jobs/", body(**members))
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def test_a_submitted_job_is_queued_at_once(stage: Stage) -> None:
    answer = await stage.client.post("/v6/jobs/", body())
    job = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"{BASE}/v6/jobs/{job['id']}/"
    assert (job["status"], job["num_exes"], job["max_tries"], job["execution"]) == ("QUEUED", 1, 3, None)
    assert job["queued"] == job["last_status_change"] == job["last_modified"] == job["created"]
    assert (job["started"], job["ended"], job["recipe"], job["batch"]) == (None, None, None, None)
    assert (await stage.client.get(f"/v6/jobs/{job['id']}/")).json() == job


async def test_it_leaves_an_event_and_a_row_of_the_queue(stage: Stage) -> None:
    job = await submitted(stage, configuration={"priority": 7})
    async with stage.db.engine.connect() as connection:
        event = (await connection.execute(select(EventRow.__table__).where(EventRow.id == job["event"]["id"]))).one()
        queue = (await connection.execute(select(QueueRow.__table__).where(QueueRow.job_id == job["id"]))).one()
    assert (event.type, event.rule_id, event.description) == ("USER", None, {"user": "Anonymous"})
    assert (queue.exe_num, queue.priority, queue.timeout, queue.input_file_size) == (1, 7, 60, 1.0)


@pytest.mark.parametrize("path", ["/v6/job/", "/v6/job", "/v7/job/"])
async def test_the_other_spelling_of_document_003(stage: Stage, path: str) -> None:
    answer = await stage.client.post(path, body(), headers={"Idempotency-Key": path})
    job, prefix = answer.json(), path[:3]
    assert (answer.status_code, answer.headers["location"]) == (201, f"{BASE}{prefix}/jobs/{job['id']}/")
    again = await stage.client.post("/v6/jobs/", body(), headers={"Idempotency-Key": path})
    assert (again.status_code, again.json()["id"]) == (201, job["id"])
    assert (await stage.client.get(f"{path.rstrip('/')}/{job['id']}/")).json() == job
    assert (await stage.client.get(f"{path.rstrip('/')}/0/")).status_code == 404
    assert (await stage.client.post(path, {})).status_code == 400


@pytest.mark.parametrize("job_type_id", [TYPE, str(TYPE), f" +{TYPE} "])
async def test_the_job_type_may_be_written_as_text(stage: Stage, job_type_id: object) -> None:
    assert (await submitted(stage, job_type_id=job_type_id))["job_type"]["id"] == TYPE


async def test_the_job_type_may_stand_in_the_query_where_it_wins(stage: Stage) -> None:
    for members in ({"job_type_id": None}, {"job_type_id": 99}):
        answer = await stage.client.post(f"/v6/jobs/?job_type_id=98&job_type_id={TYPE}", body(**members))
        assert (answer.status_code, answer.json()["job_type"]["id"]) == (201, TYPE)


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/merge-patch+json", None]
)
async def test_json_by_all_its_names(stage: Stage, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    content = b'{"job_type_id": 1, "input": {"files": {"IN": [1]}}}'
    assert (await stage.client.request("POST", "/v6/jobs/", content=content, headers=headers)).status_code == 201


FILES: dict[str, Any] = {"IN": [FILE]}
INPUTS = [
    ({"files": FILES}, {"files": FILES, "json": {}}),
    ({"files": FILES, "json": {}, "version": "6"}, {"files": FILES, "json": {}}),
    ({"files": {"IN": [FILE], "SOME": [MANY, FILE, MANY]}}, {"files": {"IN": [FILE], "SOME": [MANY, FILE, MANY]}, "json": {}}),
    ({"files": {"IN": [FILE], "NOBODY": [99]}, "json": {"KNOWS": 1}}, {"files": FILES, "json": {}}),
    (
        {"version": "1.0", "input_data": [{"name": "IN", "file_id": FILE}, {"name": "INTEGER", "value": 3}]},
        {"files": FILES, "json": {"INTEGER": 3}},
    ),
    (
        {"version": "1.0", "input_data": [{"name": "IN", "file_ids": [FILE]}, {"name": "SOME", "file_ids": [FILE, MANY]}]},
        {"files": {"IN": [FILE], "SOME": [FILE, MANY]}, "json": {}},
    ),
]


@pytest.mark.parametrize(("provided", "stored"), INPUTS)
async def test_the_input_that_is_stored(stage: Stage, provided: dict[str, Any], stored: dict[str, Any]) -> None:
    assert (await submitted(stage, input=provided))["input"] == stored


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARRAY", [1, [None], {"a": "b"}]),
        ("BOOLEAN", False),
        ("INTEGER", -(2**63)),
        ("INTEGER", 2**63 - 1),
        ("NUMBER", 1),
        ("NUMBER", -1.5e300),
        ("OBJECT", {"": {"\U0001f600": [0.1, None, True]}}),
        ("STRING", ""),
        ("STRING", 'Grüße "\\\n'),
    ],
)
async def test_json_values_come_back_as_they_were(stage: Stage, name: str, value: object) -> None:
    job = await submitted(stage, input={"files": FILES, "json": {name: value}})
    assert job["input"]["json"] == {name: value}
    assert type(job["input"]["json"][name]) is type(value)


async def test_a_value_may_be_as_deep_as_a_body(stage: Stage) -> None:
    value: list[Any] = []
    for _ in range(96):
        value = [value]
    job = await submitted(stage, input={"files": FILES, "json": {"ARRAY": value}})
    assert (await stage.client.get(f"/v6/jobs/{job['id']}/")).json()["input"]["json"] == {"ARRAY": value}


async def test_members_that_are_null_or_unknown_count_as_absent(stage: Stage) -> None:
    job = await submitted(stage, configuration=None, priority=5, bogus={"\0": 1})
    assert job["configuration"]["priority"] == 100


async def test_a_type_without_inputs_needs_none(stage: Stage) -> None:
    job_type = await stage.make.job_type("plain")
    nothing: tuple[dict[str, Any] | None, ...] = (None, {})
    for item in nothing:
        job = await submitted(stage, job_type_id=job_type.item.job_type.id, input=item)
        assert (job["input"], job["input_files"], job["input_file_size"]) == ({"files": {}, "json": {}}, {}, 0.0)


async def test_the_size_counts_every_link_and_is_rounded_up(stage: Stage) -> None:
    large = (await stage.make.file("large", b"x" * (3 * MIB + 1))).file.id
    small = (await stage.make.file("small", b"x" * MIB)).file.id
    job = await submitted(stage, input={"files": {"SOME": [large, small], "IN": [large]}})
    assert job["input_file_size"] == 8.0
    assert job["input_files"] == {"SOME": ["large", "small"], "IN": ["large"]}
    assert job["resources"] == {"resources": {"cpus": 0.25, "mem": 128.0, "disk": 26, "gpus": 0.0}}


async def test_source_metadata_is_gathered_over_all_files(stage: Stage) -> None:
    early = {"source_started": "2015-01-01T00:00:00Z", "source_ended": "2015-01-02T00:00:00Z", "source_sensor": "b"}
    late = {"source_started": "2015-01-01T12:00:00Z", "source_ended": "2015-01-05T00:00:00.5Z", "source_sensor": "a"}
    files = [await _registered(stage, f"{index}.txt", metadata) for index, metadata in enumerate((early, late, {}))]
    job = await submitted(stage, input={"files": {"IN": files[:1], "SOME": files}})
    result = {name: job[name] for name in job if name.startswith("source_")}
    assert result == {
        "source_started": "2015-01-01T00:00:00Z",
        "source_ended": "2015-01-05T00:00:00.500000Z",
        "source_sensor_class": None,
        "source_sensor": "b",
        "source_collection": None,
        "source_task": None,
    }


async def test_files_that_were_deleted_and_other_media_types_are_not_checked(stage: Stage) -> None:
    assert (await submitted(stage, input={"files": {"IN": [MANY]}}))["input"]["files"] == {"IN": [MANY]}


async def test_a_paused_type_takes_jobs(stage: Stage) -> None:
    job_type = await stage.make.job_type("paused", columns={"is_paused": True})
    job = await submitted(stage, job_type_id=job_type.item.job_type.id, input=None)
    assert (job["status"], job["job_type"]["is_paused"]) == ("QUEUED", True)


async def test_the_current_revision_is_what_the_job_will_run(stage: Stage) -> None:
    await stage.make.job_type("revised", timeout=1)
    job_type = await stage.make.job_type("revised", timeout=2)
    job = await submitted(stage, job_type_id=job_type.item.job_type.id, input=None)
    assert job["job_type_rev"]["revision_num"] == 2
    assert job["job_type_rev"]["manifest"]["job"]["timeout"] == 2


async def _registered(stage: Stage, name: str, metadata: dict[str, str]) -> int:
    (Path((await stage.services.workspaces.get(1)).host_path) / name).write_text("x")
    answer = await stage.client.post("/v6/files/", {"file_path": name, **metadata})
    return int(answer.json()["id"])
