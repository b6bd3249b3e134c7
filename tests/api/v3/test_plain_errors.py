"""Errors in plain text, for clients that prefer it to JSON (docs/spec/decisions.md#error-bodies)."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from jobsvc.api.middleware import digest_of
from jobsvc.api.problems import prefers_plain
from jobsvc.app import bare_app
from tests.api.conftest import Stage
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
PREFERS_PLAIN = [
    "text/plain",
    "TEXT/Plain; charset=utf-8",
    "text/*",
    "text/plain, application/json;q=0.9",
    "application/json;q=0.5, text/plain;q=0.6",
    "text/plain;q=0.1",
    "*/*;q=0.1, text/plain",
    "application/json;q=0, */*",
    "text/plain; format=flowed; Q=0.8, */*;q=0.7",
]
PREFERS_JSON = [
    "",
    "*/*",
    "application/json",
    "application/*",
    "text/html",
    "image/png",
    "text/plain, application/json",
    "text/plain;q=0.5, application/json",
    "text/plain;q=0, */*",
    "text/*, text/plain;q=0.2, application/json;q=0.3",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/plain;q=0.0",
    ";;;,,q=1",
]


@pytest.mark.parametrize("accept", PREFERS_PLAIN)
async def test_plain_text_is_preferred(accept: str) -> None:
    assert prefers_plain(accept)


@pytest.mark.parametrize("accept", PREFERS_JSON)
async def test_json_is_as_good_or_better(accept: str) -> None:
    assert not prefers_plain(accept)


PROBLEMS = [
    ("GET", "/jobs/?status=x&page=2", 404),
    ("GET", "/jobs/?started=now", 400),
    ("GET", "/jobs/?job_id=x", 400),
    ("GET", "/v3/jobs/99/", 404),
    ("PATCH", "/v4/jobs/99/", 400),
    ("PUT", "/v5/jobs/", 405),
    ("GET", "/job-executions/99/logs/stdout/", 404),
    ("POST", "/queue/new-job/", 400),
    ("GET", "/nothing/", 404),
    ("GET", "/v3/" + "x" * 5000, 404),
]


@pytest.mark.parametrize(("method", "path", "status"), PROBLEMS)
async def test_an_error_is_told_as_the_client_prefers(stage: Stage, method: str, path: str, status: int) -> None:
    plain = await stage.client.request(method, path, headers={"Accept": "text/plain"})
    result = await stage.client.request(method, path)
    assert (plain.status_code, plain.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert (result.status_code, result.json()["detail"]) == (status, plain.text)


@pytest.mark.parametrize("path", ["/v6/jobs/?started=now", "/v7/jobs/99/", "/v6/nothing/"])
async def test_the_later_generation_knows_json_alone(stage: Stage, path: str) -> None:
    answer = await stage.client.request("GET", path, headers={"Accept": "text/plain"})
    assert (answer.headers["content-type"], list(answer.json())) == ("application/json", ["detail", "request_id"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(stage: Stage) -> AsyncIterator[Client]:
    """A client of an API that asks for tokens."""
    app = bare_app({"jane": digest_of("her-secret")})
    app.state.services = stage.services
    async with Client(app) as client:
        yield client


@pytest.mark.parametrize("path", ["/jobs/", "/v3/job-executions", "/v5/queue/new-job/"])
async def test_without_a_token_there_is_nothing_to_see(guarded: Client, path: str) -> None:
    plain = await guarded.request("GET", path, headers={"Accept": "text/plain"})
    assert (plain.status_code, plain.headers["content-type"]) == (403, "text/plain; charset=utf-8")
    assert (await guarded.get(path)).json()["detail"] == plain.text


async def test_with_a_token_there_is(guarded: Client) -> None:
    assert (await guarded.request("GET", "/jobs/", headers={"Authorization": "Bearer her-secret"})).status_code == 200


async def test_pages_of_other_origins_change_nothing(stage: Stage) -> None:
    answer = await stage.client.post("/queue/requeue-jobs/", {}, headers={"Origin": "http://evil.test"})
    assert answer.status_code == 403
