"""A service with tokens: who may see its pages, and what a page of somebody else can do to those who may."""

import hashlib
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.cli.support import environment, running_service
from tests.identity_provider import AUDIENCE, CLIENT_ID, CLIENT_SECRET, identity_provider

TOKEN = "correct-horse-battery-staple"  # noqa: S105 - of a service that this file starts
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
OWN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a service that wants a token, its own or one of a provider of identities."""
    with identity_provider() as provider:
        variables = environment(tmp_path_factory.mktemp("closed")) | {
            "JOBSVC_TOKENS": f"jane:{DIGEST}",
            "JOBSVC_OIDC_ISSUER": provider.issuer,
            "JOBSVC_OIDC_AUDIENCE": AUDIENCE,
            "JOBSVC_OIDC_ROLES": "ops=operator",
            "JOBSVC_OIDC_CLIENT_ID": CLIENT_ID,
            "JOBSVC_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        }
        provider.claims["preferred_username"] = "joe"
        with running_service(variables) as url:
            yield url


@pytest.fixture
def visitor(closed: str) -> Iterator[httpx.Client]:
    """A client with an empty jar of cookies."""
    with httpx.Client(base_url=closed, timeout=60) as client:
        yield client


def sign_in(client: httpx.Client, token: str = TOKEN, **fields: str) -> httpx.Response:
    return client.post("/console/sign-in/", data={"token": token, **fields}, headers=OWN)


@pytest.mark.parametrize("path", ["", "jobs/?status=FAILED&page_size=3", "job-types/register/", "nodes/"])
def test_a_stranger_is_asked_to_sign_in_and_comes_back(visitor: httpx.Client, path: str) -> None:
    answer = visitor.get(f"/console/{path}")
    assert answer.status_code == httpx.codes.SEE_OTHER
    asked = visitor.get(answer.headers["location"])
    assert 'type="password"' in asked.text
    next_page = httpx.URL(answer.headers["location"]).params["next"]
    assert sign_in(visitor, next=next_page).headers["location"] == f"/console/{path}"


def test_a_page_says_who_is_signed_in(visitor: httpx.Client) -> None:
    sign_in(visitor)
    assert ">jane<" in visitor.get("/console/").text
    out = visitor.post("/console/sign-out/", headers=OWN)
    assert out.status_code == httpx.codes.SEE_OTHER
    assert visitor.get("/console/").status_code == httpx.codes.SEE_OTHER


@pytest.mark.parametrize("token", ["", "wrong", "ü", "a\nb", "x" * 5000])
def test_a_wrong_token_is_refused_with_a_reason(visitor: httpx.Client, token: str) -> None:
    answer = sign_in(visitor, token)
    assert answer.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}
    assert 'role="alert"' in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["", "x", "%%%", "/w==", "AAAA", "Zm9vCg=="])
def test_a_broken_cookie_is_none(visitor: httpx.Client, cookie: str) -> None:
    answer = visitor.get("/console/jobs/", headers={"Cookie": f"jobsvc_console={cookie}"})
    assert answer.status_code == httpx.codes.SEE_OTHER


def test_the_cookie_is_out_of_reach(visitor: httpx.Client) -> None:
    cookie = sign_in(visitor).headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/console/"} <= {part.strip() for part in cookie.split(";")}
    assert TOKEN not in cookie
    # The API does not read it: who can make a browser send it gains nothing.
    assert visitor.get("/v6/jobs/").status_code != httpx.codes.OK
    value = visitor.cookies["jobsvc_console"]
    assert visitor.get("/v6/jobs/", headers={"Cookie": f"jobsvc_console={value}"}).status_code != httpx.codes.OK


@pytest.mark.parametrize(
    "next_page", ["//evil.example/", "https://evil.example/", "/\\evil.example", "\\\\evil.example/", "javascript:x"]
)
def test_nobody_is_led_elsewhere(visitor: httpx.Client, next_page: str) -> None:
    assert sign_in(visitor, next=next_page).headers["location"].startswith("/console/")


FOREIGN = (
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
)
CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("/console/scheduler/", {"change": "pause"}),
    ("/console/bulk/", {"kind": "cancel", "job_id": "1"}),
    ("/console/job-types/register/", {"manifest": "{}"}),
    ("/console/api/v6/jobs/cancel/", {}),
    ("/console/sign-in/", {"token": TOKEN}),
)


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("path", "fields"), CHANGES)
def test_a_page_of_others_changes_nothing(
    visitor: httpx.Client, path: str, fields: dict[str, str], headers: dict[str, str]
) -> None:
    sign_in(visitor)
    answer = visitor.post(path, data=fields, headers=headers)
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "set-cookie" not in answer.headers
    assert visitor.get("/v6/scheduler/", headers={"Authorization": f"Bearer {TOKEN}"}).json()["is_paused"] is False


def test_scripts_reach_the_api_by_the_cookie(visitor: httpx.Client) -> None:
    assert visitor.get("/console/api/v6/jobs/").status_code != httpx.codes.OK
    sign_in(visitor)
    assert visitor.get("/console/api/v6/jobs/").json()["count"] == 0
    uploaded = visitor.post("/console/api/v6/files/upload/?file_name=a.txt", content=b"a", headers=OWN)
    assert uploaded.status_code == httpx.codes.CREATED


def test_a_session_that_has_ended_leads_back_to_the_page(page: Page, closed: str) -> None:
    page.goto(f"{closed}/console/job-types/")
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Job types")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("link", name="Workers").click()
    page.get_by_label("Token").fill(TOKEN)
    page.get_by_label("Token").press("Enter")
    expect(page.get_by_role("heading", name="Workers")).to_be_visible()


def test_somebody_signs_in_at_the_provider_and_out(page: Page, closed: str) -> None:
    page.goto(f"{closed}/console/job-types/")
    page.get_by_role("link", name="Sign in at").click()
    expect(page.get_by_role("heading", name="Job types")).to_be_visible()
    expect(page.get_by_text("joe", exact=True)).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out here.")).to_be_visible()
    page.goto(f"{closed}/console/job-types/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def token_of(closed: str, **members: object) -> tuple[int, str]:
    """A token that the service has given out, and its id."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx.post(f"{closed}/v6/tokens/", json={"name": "guest", "role": "viewer", **members}, headers=headers)
    return answer.json()["id"], answer.json()["token"]


@pytest.mark.parametrize("path", ["tokens/", "audit/", "webhooks/"])
def test_who_types_an_address_that_is_not_for_him_is_told_so(visitor: httpx.Client, closed: str, path: str) -> None:
    sign_in(visitor, token_of(closed)[1])
    answer = visitor.get(f"/console/{path}")
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert "Not allowed" in answer.text
    # It leads on to what is for him, and to nothing else.
    assert 'href="/console/jobs/"' in answer.text
    assert f'href="/console/{path}"' not in answer.text


def test_a_form_of_others_changes_nothing_for_a_viewer(visitor: httpx.Client, closed: str) -> None:
    sign_in(visitor, token_of(closed)[1])
    for path, fields in CHANGES[:3]:
        assert visitor.post(path, data=fields, headers=OWN).status_code == httpx.codes.FORBIDDEN, path


def test_a_token_that_was_taken_back_leads_to_signing_in_and_back(visitor: httpx.Client, closed: str) -> None:
    token_id, token = token_of(closed)
    sign_in(visitor, token)
    assert visitor.get("/console/jobs/?status=FAILED").status_code == httpx.codes.OK
    httpx.post(f"{closed}/v6/tokens/{token_id}/revoke/", headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status()
    answer = visitor.get("/console/jobs/?status=FAILED")
    assert answer.headers["location"] == "/console/sign-in/?next=jobs%2F%3Fstatus%3DFAILED"
    # Somebody who signs in in another tab has what this one asks for next.
    sign_in(visitor)
    assert visitor.post("/console/scheduler/", data={"change": "resume"}, headers=OWN).status_code == httpx.codes.SEE_OTHER
