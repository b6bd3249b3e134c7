"""Who may call: tokens, and without them every program of this host but no web page of elsewhere.

See docs/spec/behaviour/conventions.md#authentication.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import select

from jobsvc.api.middleware import digest_of
from jobsvc.app import bare_app
from jobsvc.db.tables import EventRow
from tests.api.conftest import Stage
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOKENS = {"jane": digest_of("her-secret"), "john": digest_of("his secret")}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_types(stage: Stage) -> None:
    """Job type 1, and one that is called like the one thing that is public."""
    for name in ("echo", "version"):
        await stage.make.job_type(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(stage: Stage) -> AsyncIterator[Client]:
    """A client of an API that asks for tokens."""
    app = bare_app(TOKENS)
    app.state.services = stage.services
    async with Client(app) as client:
        yield client


def authorized(authorization: str) -> dict[str, str]:
    return {"Authorization": authorization} if authorization else {}


@pytest.mark.parametrize(
    "authorization", ["Bearer her-secret", "Token her-secret", "bearer her-secret", "TOKEN  her-secret ", "Bearer his secret"]
)
async def test_who_shows_a_token_is_let_in(guarded: Client, authorization: str) -> None:
    assert (await guarded.request("GET", "/v6/jobs/", headers=authorized(authorization))).status_code == 200


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Bearer her-secre",
        "Bearer her-secret2",
        "Bearer HER-SECRET",
        "her-secret",
        "Basic her-secret",
        "Basic amFuZTpoZXItc2VjcmV0",
        f"Bearer {digest_of('her-secret')}",
        "Bearer \u00fcber",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v6/jobs/"), ("POST", "/v6/jobs/"), ("GET", "/nothing"), ("PUT", "/v6/jobs/")]
)
async def test_who_shows_none_is_not(guarded: Client, method: str, path: str, authorization: str) -> None:
    headers = {name: value.encode("latin-1") for name, value in authorized(authorization).items()}
    answer = await guarded.request(method, path, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("path", ["/v6/version/", "/v6/version", "/v7/version/"])
async def test_the_version_is_told_to_everybody(guarded: Client, path: str) -> None:
    assert list((await guarded.get(path)).json()) == ["version"]


@pytest.mark.parametrize("path", ["/v6/job-types/version/", "/v6/job-types/version", "/version/", "/v6/jobs/../version/x"])
async def test_nothing_else_is(guarded: Client, path: str) -> None:
    assert (await guarded.get(path)).status_code == 403


async def test_the_event_of_a_job_says_who_asked(stage: Stage, guarded: Client) -> None:
    job = (await guarded.post("/v6/jobs/", {"job_type_id": 1}, headers=authorized("Bearer his secret"))).json()
    async with stage.db.engine.connect() as connection:
        event = await connection.execute(select(EventRow.description).where(EventRow.id == job["event"]["id"]))
    assert event.scalar_one() == {"user": "john"}


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 202),
        ("http://service.test", 202),
        ("http://SERVICE.test:80", 202),
        ("http://service.test:8000", 403),
        ("https://service.test", 403),
        ("http://localhost:3000", 403),
        ("http://127.0.0.1", 403),
        ("https://[::1]:8443", 403),
        ("http://evil.test", 403),
        ("http://localhost.evil.test", 403),
        ("http://127.0.0.1.evil.test", 403),
        ("null", 403),
        ("", 403),
        ("http://[bad", 403),
        ("garbage", 403),
    ],
)
async def test_without_tokens_pages_of_other_origins_change_nothing(stage: Stage, origin: str | None, status: int) -> None:
    headers = {} if origin is None else {"Origin": origin}
    answer = await stage.client.post("/v6/jobs/cancel/", {"job_ids": [0]}, headers=headers)
    assert answer.status_code == status
    assert (await stage.client.request("GET", "/v6/jobs/", headers=headers)).status_code == 200


@pytest.mark.parametrize(("site", "status"), [("same-origin", 202), ("none", 202), ("same-site", 403), ("cross-site", 403)])
async def test_a_browser_that_says_whose_page_it_is_is_believed(stage: Stage, site: str, status: int) -> None:
    answer = await stage.client.post("/v6/jobs/cancel/", {"job_ids": [0]}, headers={"Sec-Fetch-Site": site})
    assert answer.status_code == status


async def test_with_tokens_the_origin_does_not_matter(guarded: Client) -> None:
    headers = {"Origin": "http://evil.test", **authorized("Bearer her-secret")}
    assert (await guarded.post("/v6/jobs/cancel/", {"job_ids": [0]}, headers=headers)).status_code == 202
