"""Tokens of the database: given out once, known by their digest, taken back."""

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import select

from jobsvc.api.identity import AccessOptions
from jobsvc.app import bare_app
from jobsvc.db.tables import AccessTokenRow
from jobsvc.domain.access import Permission, Principal, Role, digest_of
from jobsvc.services import tokens as token_services
from tests.api.conftest import Stage
from tests.db.statements import Statements
from tests.support import BASE, stopped_clock

pytestmark = pytest.mark.asyncio(loop_scope="module")
WORD = "Bearer"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(stage: Stage) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an API with an administrator of the setting."""
    scoped = Principal("scoped", Role.ADMIN, scopes=frozenset({Permission.TOKENS_MANAGE, Permission.JOBS_READ}))
    access = AccessOptions({digest_of("admin"): Principal("admin", Role.ADMIN), digest_of("scoped"): scoped})
    app = bare_app({}, access=access)
    app.state.services = stage.services
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


async def ask(http: httpx.AsyncClient, token: str, method: str, path: str, body: object = None) -> httpx.Response:
    return await http.request(method, path, headers={"Authorization": f"{WORD} {token}"}, json=body)


async def made(http: httpx.AsyncClient, **body: object) -> tuple[int, str]:
    answer = await ask(http, "admin", "POST", "/v6/tokens/", {"name": "jane", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"], answer.json()["token"]


async def test_a_token_lets_its_owner_in_with_its_role(http: httpx.AsyncClient) -> None:
    _, token = await made(http, role="submitter", scopes=["jobs:read", "jobs:submit"], job_types=["b", "a"])
    profile = (await ask(http, token, "GET", "/v6/accounts/profile/")).json()
    assert (profile["username"], profile["role"], profile["job_types"]) == ("jane", "submitter", ["a", "b"])
    assert profile["permissions"] == ["jobs:read", "jobs:submit", "profile:read"]


async def test_only_its_digest_is_stored_and_it_is_shown_once(stage: Stage, http: httpx.AsyncClient) -> None:
    token_id, token = await made(http)
    async with stage.db.engine.connect() as connection:
        row = (await connection.execute(select(AccessTokenRow).where(AccessTokenRow.id == token_id))).one()
    assert row.digest == digest_of(token)
    assert row.created_by == "admin"
    assert token not in str(tuple(row)) + (await ask(http, "admin", "GET", "/v6/tokens/")).text


async def test_a_revoked_token_is_refused_at_once_and_stays_in_the_list(http: httpx.AsyncClient) -> None:
    token_id, token = await made(http)
    assert (await ask(http, token, "GET", "/v6/jobs/")).status_code == 200
    revoked = [(await ask(http, "admin", "POST", f"/v6/tokens/{token_id}/revoke/")).json()["revoked"] for _ in range(2)]
    assert revoked[0] == revoked[1] is not None
    assert (await ask(http, token, "GET", "/v6/jobs/")).status_code == 403
    assert token_id in [item["id"] for item in (await ask(http, "admin", "GET", "/v6/tokens/")).json()["results"]]
    assert (await ask(http, "admin", "POST", "/v6/tokens/999999/revoke/")).status_code == 404


async def test_another_process_hears_of_it_when_it_asks_again(
    stage: Stage, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    token_id, token = await made(http)
    other = token_services.TokenService(stage.db, stage.services.clock)
    assert await other.principal_of(token)
    await stage.services.tokens.revoke(token_id)
    assert await other.principal_of(token)
    known = other._known[digest_of(token)]
    assert known[0] - time.monotonic() <= token_services.KNOWN_SECONDS
    monkeypatch.setitem(other._known, digest_of(token), (0.0, known[1]))
    assert await other.principal_of(token) is None


async def test_an_expired_token_is_refused_though_it_is_known(stage: Stage, http: httpx.AsyncClient) -> None:
    soon = stage.services.clock() + timedelta(hours=1)
    _, token = await made(http, expires=soon.isoformat())
    later = token_services.TokenService(stage.db, lambda: soon)
    assert await stage.services.tokens.principal_of(token)
    assert await later.principal_of(token) is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": ""}, 400),
        ({"name": "  "}, 400),
        ({}, 400),
        ({"name": "x", "role": "root"}, 400),
        ({"name": "x", "scopes": ["jobs:delete"]}, 400),
        ({"name": "x", "job_types": ["echo", " "]}, 400),
        ({"name": "x", "expires": "2001-01-01T00:00:00Z"}, 400),
        ({"name": "x", "expires": "tomorrow"}, 400),
        ({"name": "x", "other": 1}, 400),
        ({"name": "x" * 201}, 400),
        ({"name": "a\0b"}, 400),
    ],
)
async def test_what_is_wrong_with_a_new_token_is_said(http: httpx.AsyncClient, body: object, status: int) -> None:
    answer = await ask(http, "admin", "POST", "/v6/tokens/", body)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_nobody_gives_out_more_than_it_has(http: httpx.AsyncClient) -> None:
    refused = await ask(http, "scoped", "POST", "/v6/tokens/", {"name": "x", "role": "admin"})
    assert (refused.status_code, "types:write" in refused.json()["detail"]) == (403, True)
    granted = await ask(http, "scoped", "POST", "/v6/tokens/", {"name": "x", "role": "viewer", "scopes": ["jobs:read"]})
    assert granted.status_code == 201


@pytest.mark.parametrize("token", ["jobsvc_", "jobsvc_x", "jobsvc_" + "x" * 43, "JOBSVC_" + "x" * 43])
async def test_tokens_that_were_never_given_out_are_refused(http: httpx.AsyncClient, token: str) -> None:
    assert (await ask(http, token, "GET", "/v6/jobs/")).status_code == 403


async def test_lists_cost_no_statement_more(stage: Stage, http: httpx.AsyncClient) -> None:
    _, token = await made(http)
    await ask(http, token, "GET", "/v6/jobs/")
    with Statements(stage.db) as by_token:
        await ask(http, token, "GET", "/v6/jobs/")
    with Statements(stage.db) as by_setting:
        await ask(http, "admin", "GET", "/v6/jobs/")
    assert 0 < len(by_token) == len(by_setting)


async def test_the_last_use_is_written_once_a_minute(stage: Stage, http: httpx.AsyncClient) -> None:
    token_id, token = await made(http)
    start = stage.services.clock()
    times = []
    for seconds in (0, 30, 59, 61):
        service = token_services.TokenService(stage.db, stopped_clock(start + timedelta(seconds=seconds)))
        await service.principal_of(token)
        item = next(item for item in (await ask(http, "admin", "GET", "/v6/tokens/")).json()["results"] if item["id"] == token_id)
        times.append(item["last_used"])
    assert times[0] == times[1] == times[2] < times[3]


async def test_where_nobody_needs_credentials_a_token_is_taken_at_its_word(stage: Stage, http: httpx.AsyncClient) -> None:
    token_id, token = await made(http, role="viewer")
    headers = {"Authorization": f"{WORD} {token}"}
    assert (await stage.client.request("GET", "/v6/accounts/profile/", headers=headers)).json()["role"] == "viewer"
    assert (await stage.client.request("POST", "/v6/jobs/cancel/", json={}, headers=headers)).status_code == 403
    await stage.services.tokens.revoke(token_id)
    assert (await stage.client.request("GET", "/v6/jobs/", headers=headers)).status_code == 403
    others = {"Authorization": f"{WORD} left-over"}
    assert (await stage.client.request("GET", "/v6/jobs/", headers=others)).status_code == 200
