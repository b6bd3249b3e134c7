"""What is answered to requests for nothing, or in the wrong way.

See docs/spec/behaviour/conventions.md and docs/spec/decisions.md#addresses-and-errors.
"""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from jobsvc.app import bare_app
from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job(stage: Stage) -> None:
    """Job 1 of job type 1."""
    await stage.make.job()


@pytest.mark.parametrize(
    "path",
    [
        "/v6",
        "/v6/",
        "/v8/jobs/",
        "/V6/jobs/",
        "/v6/nothing/",
        "/v6/jobs.json",
        "/v6/jobs/abc/",
        "/v6/jobs/1a/",
        "/v6/jobs/-1/",
        "/v6/jobs/+1/",
        "/v6/jobs/1.0/",
        "/v6/jobs/%20/",
        "/v6/jobs/%00/",
        "/v6/jobs/%FF%FE/",
        "/v6/jobs/%E2%82/",
        "/v6/jobs/%zz/",
        "/v6/jobs/..%2F..%2Fetc/",
        "/v6/jobs/1/nothing/",
        "/v6/jobs//1/",
        "/v6/jobs/executions/",
        "/v6/jobs/updates/",
        "/v6/job/x/",
        "/v6/" + "x" * 5000,
    ],
)
async def test_nothing_is_there(stage: Stage, path: str) -> None:
    answer = await stage.client.get(path)
    assert (answer.status_code, list(answer.json())) == (404, ["detail", "request_id"])


ALLOWED = [
    ("PUT", "/v6/jobs/", "GET, HEAD, OPTIONS, POST"),
    ("DELETE", "/v7/jobs", "GET, HEAD, OPTIONS, POST"),
    ("DELETE", "/v6/jobs/1/", "GET, HEAD, OPTIONS, PATCH"),
    ("POST", "/v6/jobs/1/", "GET, HEAD, OPTIONS, PATCH"),
    ("GET", "/v6/jobs/cancel/", "OPTIONS, POST"),
    ("HEAD", "/v6/jobs/cancel", "OPTIONS, POST"),
    ("PUT", "/v6/jobs/requeue/", "OPTIONS, POST"),
    ("POST", "/v6/job-executions/1/logs/stdout/", "GET, HEAD, OPTIONS"),
    ("DELETE", "/v6/job-types/echo/1.0.0/", "GET, HEAD, OPTIONS, PATCH"),
    ("PUT", "/v6/files/", "GET, HEAD, OPTIONS, POST"),
    ("GET", "/v6/files/upload/", "OPTIONS, POST"),
    ("DELETE", "/v6/workspaces/1/", "GET, HEAD, OPTIONS, PATCH"),
    ("POST", "/v6/version/", "GET, HEAD, OPTIONS"),
    ("BREW", "/v6/jobs/", "GET, HEAD, OPTIONS, POST"),
]


@pytest.mark.parametrize(("method", "path", "allow"), ALLOWED)
async def test_a_method_that_is_not_offered(stage: Stage, method: str, path: str, allow: str) -> None:
    answer = await stage.client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(("path", "allow"), [(path, allow) for _, path, allow in ALLOWED])
async def test_options_tells_the_methods(stage: Stage, path: str, allow: str) -> None:
    answer = await stage.client.request("OPTIONS", path)
    assert (answer.status_code, answer.headers["allow"], answer.content) == (200, allow, b"")


async def test_options_of_nothing(stage: Stage) -> None:
    assert (await stage.client.request("OPTIONS", "/v6/nothing/")).status_code == 404


async def test_a_bad_part_of_a_path_is_told_once(stage: Stage) -> None:
    detail: str = (await stage.client.get("/v6/job-executions/1/logs/all/")).json()["detail"]
    assert detail.count("log_id") == 1


PATHS = [
    "/jobs",
    "/jobs/1",
    "/jobs/1/executions",
    "/jobs/1/input_files",
    "/job-types",
    "/job-types/echo",
    "/job-types/echo/1.0.0",
]
MORE = ["/files", "/workspaces", "/workspaces/1", "/bulk-operations", "/version"]


@pytest.mark.parametrize("path", PATHS + MORE)
async def test_the_last_slash_and_the_generation_make_no_difference(stage: Stage, path: str) -> None:
    expected = (await stage.client.get(f"/v6{path}/")).json()
    assert (await stage.client.get(f"/v6{path}")).json() == expected
    other = (await stage.client.get(f"/v7{path}")).text
    assert other.replace(f"{BASE}/v7/", f"{BASE}/v6/") == (await stage.client.get(f"/v6{path}")).text


async def test_a_post_without_the_last_slash_keeps_its_body(stage: Stage) -> None:
    answer = await stage.client.post("/v6/jobs", {"job_type_id": 1, "configuration": {"priority": 9}})
    assert (answer.status_code, answer.json()["configuration"]["priority"]) == (201, 9)
    assert (await stage.client.post("/v6/jobs/cancel", {"job_ids": [0]})).status_code == 202


@pytest.mark.parametrize("path", [*PATHS, *MORE, "/jobs/999", "/nothing"])
async def test_head_is_get_without_its_body(stage: Stage, path: str) -> None:
    head, get = [await stage.client.request(method, f"/v6{path}") for method in ("HEAD", "GET")]
    assert (head.status_code, head.content) == (get.status_code, b"")
    for answer in (head, get):
        del answer.headers["x-request-id"]
    assert dict(head.headers) == dict(get.headers)


@pytest.mark.parametrize(
    "query",
    [
        "status=%FF",
        "status=%",
        "status=%zz",
        "%FF=%FF",
        "&&&",
        "=",
        "?",
        "status",
        "a=b;c=d",
        "%00=%00",
        "x" * 60_000,
        "&".join(["a=b"] * 2000),
    ],
)
async def test_a_garbled_query_is_no_problem(stage: Stage, query: str) -> None:
    assert (await stage.client.get(f"/v6/jobs/?{query}")).status_code == 200
    page = (await stage.client.get(f"/v6/jobs/?page_size=1&page=2&{query}")).json()
    assert "detail" not in page or page["detail"] == "Invalid page."


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "*/*", ""])
async def test_everything_but_logs_and_files_is_json_whatever_is_accepted(stage: Stage, accept: str) -> None:
    answer = await stage.client.request("GET", "/v6/jobs/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")


async def asked(stage: Stage, path: str, **services: Any) -> httpx.Response:
    """The answer of an application some of whose services fail, not held to its contract."""
    app = bare_app({})
    app.state.services = replace(stage.services, **services)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return await client.get(path)


def failing(problem: Exception) -> SimpleNamespace:
    async def fail(*_: Any, **__: Any) -> None:
        raise problem

    return SimpleNamespace(get=fail, list_json=fail, execution=fail)


async def test_a_fault_of_the_service_is_told_without_its_cause(stage: Stage) -> None:
    with capture_logs() as logs:
        answer = await asked(stage, "/v6/jobs/1/", jobs=failing(RuntimeError("secret")))
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert answer.json()["detail"] == "The service failed; its log says why."
    assert [(entry["event"], str(entry["exc_info"])) for entry in logs] == [("request.failed", "secret")]


@pytest.mark.parametrize(
    ("path", "services"),
    [
        ("/v6/jobs/", {"jobs": failing(DatabaseUnavailable("The database cannot be reached."))}),
        ("/v6/job-executions/1/logs/stdout/", {"logs": failing(LogsUnavailable("The log store cannot be reached."))}),
    ],
)
async def test_what_is_away_for_a_while_is_worth_another_try(stage: Stage, path: str, services: dict[str, Any]) -> None:
    answer = await asked(stage, path, **services)
    assert (answer.status_code, answer.headers["retry-after"], list(answer.json())) == (503, "5", ["detail", "request_id"])
