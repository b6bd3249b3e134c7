"""Callers that a gateway has let in: from trusted addresses, in one header, and in no other way."""

from collections.abc import AsyncIterator
from ipaddress import ip_network

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from jobsvc.api.hosts import Hosts
from jobsvc.app import access_options, bare_app
from jobsvc.domain.access import digest_of
from jobsvc.settings import Settings
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
GATEWAY, STRANGER = "10.0.0.2", "10.0.0.3"
PROFILE, CANCEL = "/v6/accounts/profile/", "/v6/jobs/cancel/"
USER, GROUPS = "X-WebAuth-User", "X-WebAuth-Groups"
JANE = {USER: "jane", GROUPS: "staff, ops"}


def app_of(stage: Stage, **settings: object) -> FastAPI:
    usual = {
        "trusted_proxies": (GATEWAY,),
        "proxy_user_header": USER,
        "proxy_roles_header": GROUPS,
        "proxy_roles": ("ops=operator", "words=viewer:word-count"),
        "tokens": (f"joe:admin:{digest_of('secret')}",),
    }
    chosen = Settings.model_validate({**usual, **settings})
    app = bare_app({}, access=access_options(chosen), hosts=Hosts([ip_network(entry) for entry in chosen.trusted_proxies]))
    app.state.services = stage.services
    return app


def client(app: FastAPI, address: str = GATEWAY) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1234)), base_url=BASE)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app(stage: Stage) -> FastAPI:
    return app_of(stage)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app) as made:
        yield made


async def test_a_trusted_gateway_says_who_calls(gateway: httpx.AsyncClient) -> None:
    profile = (await gateway.get(PROFILE, headers=JANE)).json()
    assert (profile["username"], profile["role"], profile["job_types"]) == ("jane", "operator", None)
    headers = {USER.encode(): "jos\u00e9".encode(), GROUPS.encode(): b"words"}
    limited = (await gateway.get(PROFILE, headers=headers)).json()
    assert (limited["username"], limited["role"], limited["job_types"]) == ("jos\u00e9", "viewer", ["word-count"])


async def test_from_elsewhere_the_headers_are_none(app: FastAPI) -> None:
    async with client(app, STRANGER) as stranger:
        assert (await stranger.get(PROFILE, headers=JANE)).status_code == 401
        known = await stranger.get(PROFILE, headers={**JANE, "Authorization": "Bearer secret"})
        assert known.json()["username"] == "joe"
        # Nor does it help to say to come by way of the gateway.
        forwarded = {**JANE, "X-Forwarded-For": GATEWAY, "Forwarded": f"for={GATEWAY}"}
        assert (await stranger.get(PROFILE, headers=forwarded)).status_code == 401


async def test_without_the_setting_the_headers_are_none(stage: Stage) -> None:
    async with client(app_of(stage, proxy_user_header=None)) as made:
        assert (await made.get(PROFILE, headers=JANE)).status_code == 401


async def test_strangers_read_what_is_public_whatever_they_send(stage: Stage) -> None:
    async with client(app_of(stage, public_read=True), STRANGER) as stranger:
        assert (await stranger.get("/v6/jobs/", headers=JANE)).status_code == 200
        assert (await stranger.post(CANCEL, json={"job_ids": [0]}, headers=JANE)).status_code == 403


@pytest.mark.parametrize("name", ["", " "])
async def test_an_empty_header_is_none(gateway: httpx.AsyncClient, name: str) -> None:
    assert (await gateway.get(PROFILE, headers={USER: name, GROUPS: "ops"})).status_code == 401


@pytest.mark.parametrize("values", [("jane", "root"), ("", "root"), ("x" * 300,), ("a\tb",)])
async def test_what_leaves_doubts_is_refused(gateway: httpx.AsyncClient, values: tuple[str, ...]) -> None:
    headers = [(USER, value) for value in values] + [(GROUPS, "ops")]
    for path in (PROFILE, "/v6/jobs/"):
        assert (await gateway.get(path, headers=headers)).status_code == 403
    assert (await gateway.get("/console/jobs/", headers=headers)).status_code == 303


async def test_who_has_no_role_is_refused_unless_everybody_has_one(stage: Stage, gateway: httpx.AsyncClient) -> None:
    answer = await gateway.get(PROFILE, headers={USER: "jane"})
    assert (answer.status_code, "jane" in answer.json()["detail"]) == (403, True)
    async with client(app_of(stage, proxy_default_role="viewer", proxy_roles_header=None)) as lenient:
        assert (await lenient.get(PROFILE, headers=JANE)).json()["role"] == "viewer"


async def test_a_token_counts_for_more(gateway: httpx.AsyncClient) -> None:
    assert (await gateway.get(PROFILE, headers={**JANE, "Authorization": "Bearer secret"})).json()["username"] == "joe"
    assert (await gateway.get(PROFILE, headers={**JANE, "Authorization": "Bearer wrong"})).status_code == 401
    # What the gateway itself has asked for is no token.
    assert (await gateway.get(PROFILE, headers={**JANE, "Authorization": "Basic amFuZTp4"})).json()["username"] == "jane"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 202),
        ({"Origin": BASE}, 202),
        ({"Origin": "https://evil.example"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
async def test_pages_of_others_change_nothing(gateway: httpx.AsyncClient, headers: dict[str, str], status: int) -> None:
    answer = await gateway.post(CANCEL, json={"job_ids": [0]}, headers={**JANE, **headers})
    assert answer.status_code == status


async def test_the_console_knows_them(gateway: httpx.AsyncClient) -> None:
    assert (
        ">jos\u00e9<"
        in (await gateway.get("/console/jobs/", headers={USER.encode(): "jos\u00e9".encode(), GROUPS.encode(): b"ops"})).text
    )
    assert ">jane<" in (await gateway.get("/console/jobs/", headers=JANE)).text
    assert (await gateway.get("/console/api/v6/jobs/", headers=JANE)).status_code == 200
    assert (await gateway.get("/console/jobs/")).status_code == 303


async def test_the_audit_says_so(stage: Stage, gateway: httpx.AsyncClient) -> None:
    await gateway.post(CANCEL, json={"job_ids": [0]}, headers=JANE)
    await stage.services.audit.close()
    entries = (await gateway.get("/v6/audit/?user=jane&status=202", headers=JANE)).json()["results"]
    assert entries[0]["source"] == "proxy"
