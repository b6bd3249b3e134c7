"""The console's sign-in at a provider of identities: there and back, and what may go wrong on the way."""

import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from jobsvc.app import access_options, bare_app
from jobsvc.services.oidc import provider as providers
from jobsvc.settings import Settings
from tests.api.conftest import Stage
from tests.identity_provider import AUDIENCE, CLIENT_ID, CLIENT_SECRET, IdentityProvider, identity_provider, new_key
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEGIN, BACK = "/console/sign-in/oidc/", "/console/sign-in/oidc/back/"
SESSION = "jobsvc_console"


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as running:
        yield running


def visitor(stage: Stage, provider: IdentityProvider, **settings: Any) -> httpx.AsyncClient:
    """A browser without scripts that has never been here."""
    usual = {
        "oidc_issuer": provider.issuer,
        "oidc_audience": (AUDIENCE,),
        "oidc_roles": ("ops=operator",),
        "oidc_client_id": CLIENT_ID,
        "oidc_client_secret": CLIENT_SECRET,
    }
    app = bare_app({}, access=access_options(Settings(**{**usual, **settings})))
    app.state.services = stage.services
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE)


@pytest_asyncio.fixture(loop_scope="module")
async def browser(stage: Stage, provider: IdentityProvider) -> AsyncIterator[httpx.AsyncClient]:
    async with visitor(stage, provider) as client:
        yield client


async def at_provider(address: str) -> httpx.URL:
    """Where the provider sends the browser."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return httpx.URL((await http.get(address)).headers["location"])


async def begun(browser: httpx.AsyncClient, next_page: str = "") -> httpx.URL:
    """Go to the provider, and to the door on the way back."""
    answer = await browser.get(BEGIN, params={"next": next_page})
    assert answer.status_code == 303, answer.text
    return await at_provider(answer.headers["location"])


async def test_somebody_signs_in_and_out(browser: httpx.AsyncClient, provider: IdentityProvider) -> None:
    form = (await browser.get("/console/sign-in/?next=jobs/")).text
    assert f'href="{BEGIN}?next=jobs%2F"' in form
    query = (await browser.get(BEGIN)).next_request
    assert query is not None
    asked = query.url.params
    assert (asked["response_type"], asked["code_challenge_method"], asked["scope"]) == ("code", "S256", "openid profile")
    assert asked["redirect_uri"] == BASE + BACK
    answer = await browser.get(await begun(browser, "jobs/?status=FAILED"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/console/jobs/?status=FAILED")
    assert ">jane<" in (await browser.get("/console/jobs/")).text
    out = await browser.post("/console/sign-out/", headers={"Origin": BASE})
    page = await browser.get(out.headers["location"])
    assert f'href="{BEGIN}out/"' in page.text
    assert (await browser.get("/console/jobs/")).status_code == 303
    ended = httpx.URL((await browser.get(f"{BEGIN}out/")).headers["location"])
    assert str(ended).startswith(f"{provider.issuer}/out?")
    assert ended.params["post_logout_redirect_uri"] == f"{BASE}/console/sign-in/"


async def test_the_cookies_are_out_of_reach_and_end_with_the_token(
    browser: httpx.AsyncClient, provider: IdentityProvider
) -> None:
    provider.claims["exp"] = int(time.time()) + 100
    first = (await browser.get(BEGIN)).headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", f"path={BEGIN}", "max-age=600"} <= {part.strip() for part in first.split(";")}
    answer = await browser.get(await begun(browser))
    session = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{SESSION}=")).lower()
    parts = {part.strip() for part in session.split(";")}
    assert {"httponly", "samesite=lax", "path=/console/"} <= parts
    assert "secure" not in parts
    assert 90 <= int(next(part for part in parts if part.startswith("max-age=")).removeprefix("max-age=")) <= 100


async def test_behind_a_gateway_with_https_and_a_prefix(stage: Stage, provider: IdentityProvider) -> None:
    gateway = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com", "X-Forwarded-Prefix": "/api"}
    async with visitor(stage, provider) as http:
        http.headers.update(gateway)
        http.base_url = httpx.URL("https://example.com")
        first = await http.get(BEGIN)
        assert {"secure", "path=/api" + BEGIN} <= {part.strip().lower() for part in first.headers["set-cookie"].split(";")}
        http.cookies.clear()
        door = await at_provider(first.headers["location"])
        assert str(door).startswith(f"https://example.com/api{BACK}?")
        name, _, value = first.headers["set-cookie"].partition(";")[0].partition("=")
        answer = await http.get(str(door).replace("/api", ""), headers={"Cookie": f"{name}={value}"})
        assert answer.headers["location"] == "/api/console/"
        session = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{SESSION}="))
        assert {"secure", "path=/api/console/"} <= {part.strip().lower() for part in session.split(";")}


async def test_a_code_of_somebody_else_is_not_taken(stage: Stage, browser: httpx.AsyncClient, provider: IdentityProvider) -> None:
    async with visitor(stage, provider) as other:
        foreign = await begun(other)
        answer = await browser.get(foreign)
        assert (answer.status_code, "not begun in this browser" in answer.text) == (403, True)
        assert SESSION not in browser.cookies
        # With a sign-in of its own, but the code of another.
        own = (await begun(browser)).copy_set_param("code", foreign.params["code"])
        assert (await browser.get(own)).status_code == 403
        assert SESSION not in browser.cookies


async def test_a_code_is_taken_once(browser: httpx.AsyncClient) -> None:
    door = await begun(browser)
    assert (await browser.get(door)).status_code == 303
    assert (await browser.get(door)).status_code == 403


async def test_two_tabs_sign_in_at_once(browser: httpx.AsyncClient) -> None:
    first, second = await begun(browser, "jobs/"), await begun(browser, "nodes/")
    assert (await browser.get(first)).headers["location"] == "/console/jobs/"
    assert (await browser.get(second)).headers["location"] == "/console/nodes/"


@pytest.mark.parametrize("next_page", ["//evil.example/", "https://evil.example/", "/\\evil.example", "x" * 5000])
async def test_nobody_is_led_elsewhere(browser: httpx.AsyncClient, next_page: str) -> None:
    assert (await browser.get(await begun(browser, next_page))).headers["location"].startswith("/console/")


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"iss": "https://elsewhere.test"}, "another provider"),
        ({"code": None, "error": "access_denied"}, "(access_denied)"),
        ({"code": None, "error": "<script>"}, "(no code)"),
        ({"state": "x"}, "not begun"),
        ({"state": None}, "not begun"),
        ({"code": "wrong"}, "did not take"),
    ],
)
async def test_what_comes_back_wrong_is_said(browser: httpx.AsyncClient, params: dict[str, str | None], reason: str) -> None:
    door = await begun(browser)
    for name, value in params.items():
        door = door.copy_remove_param(name) if value is None else door.copy_set_param(name, value)
    answer = await browser.get(door)
    assert (answer.status_code, reason in answer.text) == (403, True), answer.text
    assert SESSION not in browser.cookies
    assert "<script>" not in answer.text


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"nonce": "other"}, "another sign-in"),
        ({"aud": "other"}, "another audience"),
        ({"iss": "https://elsewhere.test"}, "another issuer"),
        ({"exp": 1}, "expired"),
        ({"key": new_key("unknown")}, "not known"),
    ],
)
async def test_an_identity_that_is_not_to_be_believed_is_refused(
    browser: httpx.AsyncClient, provider: IdentityProvider, claims: dict[str, Any], reason: str
) -> None:
    provider.of_identity = claims
    answer = await browser.get(await begun(browser))
    assert (answer.status_code, reason in answer.text) == (403, True), answer.text
    assert SESSION not in browser.cookies


async def test_who_may_nothing_reads_why(browser: httpx.AsyncClient, provider: IdentityProvider) -> None:
    provider.claims["roles"] = []
    answer = await browser.get(await begun(browser))
    assert (answer.status_code, "jane is known, but has no role" in answer.text) == (403, True)


async def test_a_token_that_no_cookie_holds_is_refused(browser: httpx.AsyncClient, provider: IdentityProvider) -> None:
    provider.claims["groups"] = ["x" * 100] * 40
    answer = await browser.get(await begun(browser))
    assert (answer.status_code, "too long for a cookie" in answer.text) == (403, True)


async def test_the_identity_lets_in_where_access_tokens_say_nothing(stage: Stage, provider: IdentityProvider) -> None:
    provider.claims["aud"] = "something else"
    async with visitor(stage, provider, oidc_audience=(AUDIENCE, CLIENT_ID)) as browser:
        assert (await browser.get(await begun(browser))).status_code == 303
        assert ">jane<" in (await browser.get("/console/")).text


async def test_other_ways_to_say_who_the_console_is(stage: Stage, provider: IdentityProvider) -> None:
    provider.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    async with visitor(stage, provider) as browser:
        assert (await browser.get(await begun(browser))).status_code == 303
    provider.is_public = True
    async with visitor(stage, provider, oidc_client_secret=None) as browser:
        assert (await browser.get(await begun(browser))).status_code == 303


async def test_a_provider_that_is_away_is_said(
    browser: httpx.AsyncClient, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "SECONDS", 0.2)
    door = await begun(browser)
    provider.answers.clear()
    answer = await browser.get(door)
    assert (answer.status_code, "does not answer" in answer.text) == (503, True)
    provider.answers.set()
    assert (await browser.get(await begun(browser))).status_code == 303


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://x", None, 7])
async def test_a_browser_is_sent_to_addresses_of_the_web_alone(
    browser: httpx.AsyncClient, provider: IdentityProvider, address: Any
) -> None:
    provider.metadata["authorization_endpoint"] = address
    answer = await browser.get(BEGIN)
    assert (answer.status_code, "of no use" in answer.text) == (503, True)


async def test_without_a_client_there_is_the_form_alone(stage: Stage, provider: IdentityProvider) -> None:
    async with visitor(stage, provider, oidc_client_id=None) as browser:
        assert "oidc" not in (await browser.get("/console/sign-in/")).text
        for path in (BEGIN, f"{BEGIN}out/"):
            assert (await browser.get(path)).headers["location"] == "/console/sign-in/"
        assert (await browser.get(BACK)).status_code == 403
