"""POST /v6/jobs/: what is refused, by which status, naming which member, and that nothing of it stays."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from jobsvc.api.context import ApiOptions
from jobsvc.app import bare_app
from jobsvc.db.tables import EventRow, IdempotencyKeyRow, JobInputFileRow, JobRow, QueueRow
from tests.api.conftest import Stage
from tests.api.rows import counts
from tests.api.submissions import FILE, INACTIVE, MANY, body, make_type
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLES = (EventRow, JobRow, QueueRow, JobInputFileRow, IdempotencyKeyRow)
JSON = {"Content-Type": "application/json"}
FILES: dict[str, Any] = {"IN": [FILE]}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_types(stage: Stage) -> None:
    await make_type(stage.make)


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def nothing_is_left(stage: Stage) -> AsyncIterator[None]:
    """No refused request leaves a row, whatever it was refused for."""
    yield
    assert await counts(stage.db, *TABLES) == [0, 0, 0, 0, 0]


async def refused(stage: Stage, status: int, where: str, document: dict[str, Any]) -> None:
    answer = await stage.client.post("/v6/jobs/", document, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (status, where)


@pytest.mark.parametrize("value", [None, "", "one", "1.5", 1.5, 1.0, True, [1], {"id": 1}])
async def test_a_job_type_id_that_is_none(stage: Stage, value: object) -> None:
    await refused(stage, 400, "job_type_id", body(job_type_id=value))


@pytest.mark.parametrize("value", [0, -1, 99, 2**63, 2**70, -(2**70), "99", "9" * 40])
async def test_a_job_type_that_there_is_not(stage: Stage, value: int | str) -> None:
    answer = await stage.client.post("/v6/jobs/", body(job_type_id=value))
    assert (answer.status_code, answer.json()["detail"]) == (404, f"Job type {value} does not exist.")


async def test_a_job_type_that_is_not_active(stage: Stage) -> None:
    await refused(stage, 400, "job_type_id", body(job_type_id=INACTIVE))


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ([], "input"),
        ("x", "input"),
        (0, "input"),
        (False, "input"),
        ({"bogus": 1}, "input.bogus"),
        ({"version": 7}, "input.version"),
        ({"version": "5"}, "input.version"),
        ({"files": [1]}, "input.files"),
        ({"files": {"IN": FILE}}, "input.files.IN"),
        ({"files": {"IN": []}}, "input.files.IN"),
        ({"files": {"IN": [str(FILE)]}}, "input.files.IN[0]"),
        ({"files": {"IN": [1.0]}}, "input.files.IN[0]"),
        ({"files": {"IN": [True]}}, "input.files.IN[0]"),
        ({"files": {"IN": [None]}}, "input.files.IN[0]"),
        ({"files": {"IN": [0]}}, "input.files.IN[0]"),
        ({"files": {"IN": [2**63]}}, "input.files.IN[0]"),
        ({"files": {"IN": [2**70]}}, "input.files.IN[0]"),
        ({"files": {"IN": [99]}}, "input.files.IN"),
        ({"files": {"IN": [FILE], "SOME": [FILE, 99]}}, "input.files.SOME"),
        ({"files": {"IN": [FILE, MANY]}}, "input.files.IN"),
        ({"files": {"IN": [FILE], "INTEGER": [FILE]}}, "input.files.INTEGER"),
        ({"files": {"SOME": [FILE]}}, "input.files.IN"),
        ({}, "input.files.IN"),
        (None, "input.files.IN"),
        ({"json": {"IN": FILE}}, "input.json.IN"),
        ({"files": {"IN": [FILE], "TWICE": [FILE]}, "json": {"TWICE": 1}}, "input.json.TWICE"),
        ({"files": FILES, "json": []}, "input.json"),
        ({"version": "1.0", "input_data": {}}, "input.input_data"),
        ({"version": "1.0", "input_data": [{"name": "IN"}]}, "input.input_data[0]"),
        ({"version": "1.0", "input_data": [{"name": "IN", "file_id": FILE, "value": 1}]}, "input.input_data[0]"),
        ({"version": "1.0", "input_data": [{"name": "IN", "file_id": FILE}] * 2}, "input.input_data[1].name"),
    ],
)
async def test_an_input_that_does_not_fit(stage: Stage, document: object, where: str) -> None:
    await refused(stage, 400, where, body(input=document))


VALUES: dict[str, list[Any]] = {
    "ARRAY": [{}, "[]", 1, None],
    "BOOLEAN": [0, 1, "true", None],
    "INTEGER": [True, 1.0, "1", [1], None, 2**63, 2**70],
    "NUMBER": [True, "1", None, -(2**70)],
    "OBJECT": [[], "{}", None],
    "STRING": [1, ["a"], None, "\0", {"\0": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in VALUES.items() for value in values])
async def test_a_value_of_another_type_or_one_that_cannot_be_kept(stage: Stage, name: str, value: object) -> None:
    await refused(stage, 400, f"input.json.{name}", body(input={"files": FILES, "json": {name: value}}))


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("x", "configuration"),
        (1, "configuration"),
        ([1], "configuration"),
        ({"bogus": 1}, "configuration.bogus"),
        ({"version": "5"}, "configuration.version"),
        ({"version": 7}, "configuration.version"),
        ({"priority": 0}, "configuration.priority"),
        ({"priority": -1}, "configuration.priority"),
        ({"priority": 1.5}, "configuration.priority"),
        ({"priority": "1"}, "configuration.priority"),
        ({"priority": True}, "configuration.priority"),
        ({"priority": 2**31}, "configuration.priority"),
        ({"mounts": [1]}, "configuration.mounts"),
        ({"mounts": {"maps": "/maps"}}, "configuration.mounts.maps"),
        ({"mounts": {"maps": {"host_path": "/maps"}}}, "configuration.mounts.maps"),
        ({"mounts": {"maps": {"type": "host"}}}, "configuration.mounts.maps.host_path"),
        ({"mounts": {"maps": {"type": "host", "host_path": "maps"}}}, "configuration.mounts.maps.host_path"),
        ({"mounts": {"maps": {"type": "volume", "driver_opts": {"a": 1}}}}, "configuration.mounts.maps.driver_opts.a"),
        ({"settings": {"LEVEL": 1}}, "configuration.settings.LEVEL"),
        ({"settings": {"LEVEL": "\0"}}, "configuration.settings.LEVEL"),
        ({"output_workspaces": "default"}, "configuration.output_workspaces"),
        ({"output_workspaces": {"default": "nowhere"}}, "configuration.output_workspaces"),
        ({"output_workspaces": {"outputs": {"OUT": "default"}}}, "configuration.output_workspaces.outputs.ERR"),
        (
            {"output_workspaces": {"default": "default", "outputs": {"OUT": "nowhere"}}},
            "configuration.output_workspaces",
        ),
    ],
)
async def test_a_configuration_that_does_not_fit(stage: Stage, document: object, where: str) -> None:
    await refused(stage, 400, where, body(configuration=document))


def nested(levels: int) -> bytes:
    return b'{"job_type_id": 1, "input": ' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n",
        b"{}",
        b"[]",
        b'["job_type_id"]',
        b"1",
        b"null",
        b"true",
        b'"job_type_id"',
        b"{",
        b'{"job_type_id": 1,}',
        b"job_type_id=1",
        b"{'job_type_id': 1}",
        b'{"job_type_id": NaN}',
        b'{"job_type_id": Infinity}',
        b'{"job_type_id": 1e999}',
        b'{"job_type_id": 01}',
        b'{"job_type_id": 1, "job_type_id": 1}',
        b'{"job_type_id": 1, "input": {"files": {"IN": [1], "IN": [1]}}}',
        b'{"job_type_id": 1, "input": {"files": {"IN": [1]}, "json": {"STRING": "\\ud800"}}}',
        b'{"job_type_id": 1, "\\udc00": 1}',
        b'{"job_type_id": 1, "input": {"files": {"IN": [1]}, "json": {"STRING": "\xff"}}}',
        b'{"job_type_id": 1, "input": {"files": {"IN": [1]}, "json": {"NUMBER": 1' + b"0" * 5000 + b"}}}",
        b'\xef\xbb\xbf{"job_type_id": 1}',
        '{"job_type_id": 1}'.encode("utf-16"),
        nested(101),
        nested(1000),
        nested(20_000),
        b"[" * 20_000,
    ],
)
async def test_a_body_that_is_no_object_or_no_json(stage: Stage, content: bytes) -> None:
    answer = await stage.client.request("POST", "/v6/jobs/", content=content, headers=JSON)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
async def test_a_body_that_is_sent_as_something_else(stage: Stage, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    answer = await stage.client.request("POST", "/v6/jobs/", content=b'{"job_type_id": 1}', headers=headers)
    assert answer.status_code == 415


async def test_without_a_body_its_media_type_says_nothing(stage: Stage) -> None:
    answer = await stage.client.request("POST", "/v6/jobs/", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["detail"]) == (400, "job_type_id: Field required.")


async def test_a_body_larger_than_the_operator_allows(stage: Stage) -> None:
    app = bare_app({})
    app.state.services = replace(stage.services, options=ApiOptions(max_body_bytes=1024))
    async with Client(app) as client:
        statuses = [(await client.post("/v6/jobs/", {"pad": "x" * size})).status_code for size in (1014, 1015, 100_000)]
    assert statuses == [400, 413, 413]


@pytest.mark.parametrize(
    ("members", "where"),
    [
        ({"input": {"files": FILES, "json": {"STRING": "x" * 131_065}}}, "input.json.STRING"),
        ({"input": {"files": FILES, "json": {"ARRAY": ["ä" * 9] * 4000}}}, "input.json.ARRAY"),
        ({"input": {"files": FILES, "json": {"OBJECT": {"a": "x" * 10**6}, "STRING": "x"}}}, "input.json.OBJECT"),
        ({"configuration": {"max_log_bytes": 5}}, "configuration.max_log_bytes"),
        ({"configuration": {"settings": {"LEVEL": "x" * 131_072}}}, "configuration.settings.LEVEL"),
        (
            {"configuration": {"mounts": {"maps": {"type": "host", "host_path": "/" * 131_072}}}},
            "configuration.mounts.maps.host_path",
        ),
    ],
)
async def test_what_no_process_could_be_started_with(stage: Stage, members: dict[str, Any], where: str) -> None:
    await refused(stage, 400, where, body(**members))


async def test_inputs_that_are_too_long_only_together(stage: Stage) -> None:
    names = [f"N{number}" for number in range(20)]
    inputs = {"json": [{"name": name, "type": "string"} for name in names]}
    job_type = await stage.make.job_type("many-inputs", interface={"command": "true", "inputs": inputs})
    values = dict.fromkeys(names, "x" * 100000) | {"N7": "x" * 100_001}
    document = {"job_type_id": job_type.item.job_type.id, "input": {"json": values}}
    await refused(stage, 400, "input.json.N7", document)
