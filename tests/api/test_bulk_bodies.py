"""What the bodies of cancel and requeue requests mean.

See docs/spec/behaviour/conventions.md#parameters, docs/spec/behaviour/cancel-and-requeue.md#cancel and docs/spec/decisions.md.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from jobsvc.api.context import ApiOptions
from jobsvc.app import bare_app
from tests.api.conftest import Stage
from tests.support import BASE, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
JSON = {"Content-Type": "application/json"}
COMMANDS = pytest.mark.parametrize("command", ["cancel", "requeue"])


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_types(stage: Stage) -> None:
    """Types 1 and 2."""
    await stage.make.job_type("echo", "1.0.0")
    await stage.make.job_type("echo", "2.0.0")


async def accepted(stage: Stage, command: str, document: Any, query: str = "") -> dict[str, Any]:
    """The operation that a request has started."""
    answer = await stage.client.post(f"/v6/jobs/{command}/{query}", document)
    assert (answer.status_code, answer.content) == (202, b""), answer.text
    operation: dict[str, Any] = (await stage.client.get(answer.headers["location"].removeprefix(BASE))).json()
    return operation


def tidy(filter_: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, list) else value for name, value in filter_.items()}


EVERYTHING: list[dict[str, Any]] = [
    {},
    {"url": "jobs/cancel"},
    {"job_ids": []},
    {"job_ids": None, "status": None, "started": None, "dry_run": None, "expected_count": None},
    {"job_ids": [], "job_type_ids": [], "job_types": [], "job_type_names": [], "batch_ids": [], "error_ids": []},
]


@COMMANDS
@pytest.mark.parametrize("document", EVERYTHING)
async def test_nothing_given_selects_everything(stage: Stage, command: str, document: dict[str, Any]) -> None:
    operation = await accepted(stage, command, document)
    assert (operation["kind"], operation["state"], operation["filter"]) == (command.upper(), "ACCEPTED", {})


@COMMANDS
@pytest.mark.parametrize("query", ["", "?dry_run=true", "?expected_count=0", "?url=x"])
@pytest.mark.parametrize("headers", [{}, JSON, {"Content-Type": "text/plain"}, {"Content-Encoding": "gzip"}])
async def test_no_body_selects_nothing(stage: Stage, command: str, headers: dict[str, str], query: str) -> None:
    answer = await stage.client.request("POST", f"/v7/jobs/{command}{query}", headers=headers)
    assert answer.status_code == 400
    assert "{}" in answer.json()["detail"]


@COMMANDS
@pytest.mark.parametrize("content", [b" ", b"\r\n", [b""]])
async def test_nothing_but_space_is_no_body(stage: Stage, command: str, content: object) -> None:
    assert (await stage.client.request("POST", f"/v6/jobs/{command}/", content=_sent(content))).status_code == 400


async def _pieces(pieces: list[bytes]) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def _sent(content: object) -> object:
    return _pieces(content) if isinstance(content, list) else content


@COMMANDS
async def test_the_query_alone_may_select(stage: Stage, command: str) -> None:
    assert (await stage.client.request("POST", f"/v6/jobs/{command}/?job_ids=0")).status_code == 202


@pytest.mark.parametrize("headers", [{}, JSON])
async def test_requeue_of_v3_takes_everything_from_a_written_body_alone(stage: Stage, headers: dict[str, str]) -> None:
    assert (await stage.client.request("POST", "/queue/requeue-jobs/", headers=headers)).status_code == 400
    assert (await stage.client.request("POST", "/queue/requeue-jobs/?job_ids=0")).status_code == 200
    assert (await stage.client.post("/queue/requeue-jobs/", {})).status_code == 200


MEMBERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"status": "FAILED"}, {"statuses": ["FAILED"]}),
    ({"status": ["FAILED", "CANCELED"]}, {"statuses": ["CANCELED", "FAILED"]}),
    ({"status": "no such status"}, {"statuses": ["no such status"]}),
    ({"status": ""}, {"statuses": [""]}),
    ({"job_ids": [3, 1, 3]}, {"job_ids": [1, 3]}),
    ({"job_ids": 3}, {"job_ids": [3]}),
    ({"job_ids": "3"}, {"job_ids": [3]}),
    ({"job_ids": [" 3 ", "+4"]}, {"job_ids": [3, 4]}),
    ({"job_ids": [[1, 2], [3], 4]}, {"job_ids": [1, 2, 3, 4]}),
    ({"job_ids": [2**63 - 1, 2**70]}, {"job_ids": [-1, 2**63 - 1]}),
    ({"job_type_ids": [1]}, {"job_type_ids": [1]}),
    ({"batch_ids": [1]}, {"batch_ids": [1]}),
    ({"recipe_ids": [1]}, {"recipe_ids": [1]}),
    ({"error_ids": ["11", 22]}, {"error_ids": [11, 22]}),
    ({"job_type_names": "echo"}, {"job_type_names": ["echo"]}),
    ({"job_type_names": ["echo", ["grep"]]}, {"job_type_names": ["echo", "grep"]}),
    ({"error_categories": ["SYSTEM"]}, {"error_categories": ["SYSTEM"]}),
    ({"is_superseded": True}, {"is_superseded": True}),
    ({"is_superseded": "f"}, {"is_superseded": False}),
    ({"started": "2016-01-01T01:00:00+01:00"}, {"started": "2016-01-01T00:00:00Z"}),
    ({"ended": "2016-01-02T00:00:00.5Z"}, {"ended": "2016-01-02T00:00:00.500000Z"}),
    ({"job_types": [{"name": "echo", "version": "2.0.0"}]}, {"job_type_ids": [2]}),
    ({"job_types": {"name": "echo", "version": "2.0.0", "title": "Echo"}}, {"job_type_ids": [2]}),
    ({"job_types": [{"name": "echo", "version": "2.0.0"}], "job_type_ids": [1, 9]}, {"job_type_ids": [1, 2, 9]}),
    ({"job_ids": [1], "bogus": 1, "url": "x"}, {"job_ids": [1]}),
    ({"job_ids": [1], "status": "FAILED", "batch_ids": []}, {"job_ids": [1], "statuses": ["FAILED"]}),
]


@COMMANDS
@pytest.mark.parametrize(("document", "filter_"), MEMBERS)
async def test_what_a_member_means(stage: Stage, command: str, document: dict[str, Any], filter_: dict[str, Any]) -> None:
    assert tidy((await accepted(stage, command, document))["filter"]) == filter_


async def test_a_duration_is_frozen_when_the_request_is_accepted(stage: Stage) -> None:
    operation = await accepted(stage, "cancel", {"started": "PT2H", "ended": "PT1H"})
    assert operation["filter"]["started"] < operation["filter"]["ended"] < operation["created"]


async def test_the_query_comes_before_the_body(stage: Stage) -> None:
    operation = await accepted(stage, "cancel", {"job_ids": [99], "batch_ids": [1]}, "?job_ids=3&job_ids=4&is_superseded=1")
    assert tidy(operation["filter"]) == {"job_ids": [3, 4], "batch_ids": [1], "is_superseded": True}


@pytest.mark.parametrize(("priority", "stored"), [(1, 1), ("7", 7), (None, None), (2**31 - 1, 2**31 - 1)])
async def test_a_requeue_may_have_a_priority(stage: Stage, priority: object, stored: int | None) -> None:
    assert (await accepted(stage, "requeue", {"job_ids": [1], "priority": priority}))["priority"] == stored


async def test_a_cancel_has_none(stage: Stage) -> None:
    assert (await accepted(stage, "cancel", {"job_ids": [1], "priority": 0}))["priority"] is None
    assert (await stage.client.post("/v6/jobs/cancel/", {"priority": 5})).status_code == 400


@COMMANDS
@pytest.mark.parametrize("query", ["job_id=3", "status_=FAILED", "job_types=echo", "format=json&jobs=1"])
async def test_a_typo_in_the_query_selects_nothing_either(stage: Stage, command: str, query: str) -> None:
    answer = await stage.client.post(f"/v6/jobs/{command}/?{query}", {})
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, "Unknown fields")


async def test_what_the_query_has_beside_a_filter_is_ignored(stage: Stage) -> None:
    assert tidy((await accepted(stage, "cancel", {"job_ids": [1]}, "?_=12&format=json"))["filter"]) == {"job_ids": [1]}
    assert tidy((await accepted(stage, "cancel", {"url": "x"}, "?format=json"))["filter"]) == {}


REFUSED: list[tuple[Any, str]] = [
    ({"job_idz": [1]}, "Unknown fields"),
    ({"job_idz": None}, "Unknown fields"),
    ({"url": "x", "jobs": [1]}, "Unknown fields"),
    ({"job_ids": "x"}, "job_ids[0]"),
    ({"job_ids": ""}, "job_ids[0]"),
    ({"job_ids": [1, 1.5]}, "job_ids[1]"),
    ({"job_ids": [True]}, "job_ids[0]"),
    ({"job_ids": [None]}, "job_ids[0]"),
    ({"job_ids": {"id": 1}}, "job_ids[0]"),
    ({"job_ids": [[[1]]]}, "job_ids[0]"),
    ({"job_type_ids": ["echo"]}, "job_type_ids[0]"),
    ({"batch_ids": "1.0"}, "batch_ids[0]"),
    ({"recipe_ids": [[], ["x"]]}, "recipe_ids[0]"),
    ({"error_ids": ["boom"]}, "error_ids[0]"),
    ({"status": 5}, "status[0]"),
    ({"status": True}, "status[0]"),
    ({"status": {"name": "FAILED"}}, "status[0]"),
    ({"status": ["FAILED", 1]}, "status[1]"),
    ({"status": "\0"}, "status[0]"),
    ({"job_type_names": [1]}, "job_type_names[0]"),
    ({"error_categories": {"a": 1}}, "error_categories[0]"),
    ({"is_superseded": "yes"}, "is_superseded"),
    ({"is_superseded": [True]}, "is_superseded"),
    ({"started": "yesterday"}, "started"),
    ({"started": 1451606400}, "started"),
    ({"ended": ["2016-01-01T00:00:00Z"]}, "ended"),
    ({"started": "2016-01-01T00:00:00Z", "ended": "2016-01-01T00:00:00Z"}, "started"),
    ({"job_types": "echo"}, "job_types[0]"),
    ({"job_types": [{"name": "echo"}]}, "job_types[0].version"),
    ({"job_types": [{"name": "echo", "version": 1}]}, "job_types[0].version"),
    ({"job_types": [{"name": "echo", "version": "3.0.0"}]}, "job_types"),
    ({"job_types": [{"name": "echo", "version": "1.0.0"}, {"name": "\0", "version": "1.0.0"}]}, "job_types[1].name"),
]


@COMMANDS
@pytest.mark.parametrize(("document", "where"), REFUSED)
async def test_a_member_that_cannot_be_read(stage: Stage, command: str, document: dict[str, Any], where: str) -> None:
    answer = await stage.client.post(f"/v6/jobs/{command}/", document)
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, where)


@pytest.mark.parametrize("priority", [0, -1, 1.5, True, "", "high", 2**31, [1]])
async def test_a_priority_that_there_is_not(stage: Stage, priority: object) -> None:
    answer = await stage.client.post("/v6/jobs/requeue/", {"job_ids": [1], "priority": priority})
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, "priority")


@COMMANDS
@pytest.mark.parametrize(
    "content", [b"[]", b'[{"job_ids": [1]}]', b'"job_ids"', b"1", b"null", b"{", b'{"job_ids": [1], "job_ids": [2]}']
)
async def test_a_body_that_is_no_object(stage: Stage, command: str, content: bytes) -> None:
    answer = await stage.client.request("POST", f"/v6/jobs/{command}/", content=content, headers=JSON)
    assert answer.status_code == 400


@COMMANDS
@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
async def test_a_body_that_is_sent_as_something_else(stage: Stage, command: str, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    answer = await stage.client.request("POST", f"/v6/jobs/{command}/", content=b'{"job_ids": [1]}', headers=headers)
    assert answer.status_code == 415


@COMMANDS
async def test_many_ids_are_no_problem(stage: Stage, command: str) -> None:
    operation = await accepted(stage, command, {"job_ids": list(range(1, 50_001))})
    await stage.services.bulk_work.run(operation["id"])
    done = (await stage.client.get(f"/v6/bulk-operations/{operation['id']}/")).json()
    assert (done["state"], done["matched"]) == ("COMPLETED", 0)


@COMMANDS
@pytest.mark.parametrize("document", EVERYTHING)
async def test_an_operator_may_insist_on_a_filter(stage: Stage, command: str, document: dict[str, Any]) -> None:
    app = bare_app({})
    app.state.services = replace(stage.services, options=ApiOptions(bulk_require_filter=True))
    async with Client(app) as client:
        assert (await client.post(f"/v6/jobs/{command}/", document)).status_code == 400
        assert (await client.post(f"/v6/jobs/{command}/", {**document, "is_superseded": False})).status_code == 202
