"""Bearer tokens of a provider of identities: which are believed, whose they are, and what happens when it is away."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from jobsvc.app import access_options, bare_app
from jobsvc.domain.access import Role
from jobsvc.services.oidc import provider as providers
from jobsvc.settings import Settings
from tests.api.conftest import Stage
from tests.identity_provider import AUDIENCE, IdentityProvider, identity_provider, new_key
from tests.support import BASE, Client
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOBS, PROFILE = "/v6/jobs/", "/v6/accounts/profile/"
ROLES = ("ops=operator", "staff=viewer", "words=submitter:word-count+echo", "odd=name=admin")


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def service(stage: Stage, provider: IdentityProvider) -> AsyncIterator[Client]:
    """A client of an API that believes the provider, and that has asked it nothing yet."""
    async with client_of(stage, provider) as client:
        yield client


def client_of(stage: Stage, provider: IdentityProvider, **settings: Any) -> Client:
    chosen = {"oidc_issuer": provider.issuer, "oidc_audience": (AUDIENCE,), "oidc_roles": ROLES, **settings}
    app = bare_app({}, access=access_options(Settings(**chosen)))
    app.state.services = stage.services
    return Client(app)


async def ask(service: Client, token: str, path: str = JOBS) -> httpx.Response:
    return await service.request("GET", path, headers={"Authorization": f"Bearer {token}"})


async def test_a_token_of_the_provider_lets_its_owner_in(service: Client, provider: IdentityProvider) -> None:
    assert (await ask(service, provider.token())).status_code == 200
    profile = (await ask(service, provider.token(), PROFILE)).json()
    assert (profile["username"], profile["role"], profile["is_staff"]) == ("jane", "operator", True)
    assert provider.asked == {"openid-configuration": 1, "keys": 1}


@pytest.mark.parametrize(
    ("claims", "username", "role", "job_types"),
    [
        ({"roles": ["staff", "ops", "other"]}, "jane", "operator", None),
        ({"roles": "staff"}, "jane", "viewer", None),
        ({"roles": ["words", "staff"]}, "jane", "submitter", ["echo", "word-count"]),
        ({"roles": ["odd=name"]}, "jane", "admin", None),
        ({"preferred_username": ""}, "4711", "operator", None),
        ({"preferred_username": "a\u0000b"}, "4711", "operator", None),
        ({"preferred_username": ["jane"]}, "4711", "operator", None),
        ({"aud": ["other", AUDIENCE]}, "jane", "operator", None),
    ],
)
async def test_claims_say_who_it_is(
    service: Client, provider: IdentityProvider, claims: dict[str, Any], username: str, role: str, job_types: Any
) -> None:
    profile = (await ask(service, provider.token(**claims), PROFILE)).json()
    assert (profile["username"], profile["role"], profile["job_types"]) == (username, role, job_types)


@pytest.mark.parametrize(
    ("path", "claims"),
    [
        ("realm_access.roles", {"realm_access": {"roles": ["ops"]}}),
        ("resource_access.my.client.roles", {"resource_access": {"my.client": {"roles": ["ops"]}}}),
        ("https://example.com/roles", {"https://example.com/roles": ["ops"]}),
    ],
)
async def test_roles_may_lie_within_other_claims(
    stage: Stage, provider: IdentityProvider, path: str, claims: dict[str, Any]
) -> None:
    async with client_of(stage, provider, oidc_roles_claim=path) as service:
        assert (await ask(service, provider.token(**claims), PROFILE)).json()["role"] == "operator"
        assert (await ask(service, provider.token())).status_code == 403


async def test_who_has_no_role_is_known_and_may_nothing(stage: Stage, service: Client, provider: IdentityProvider) -> None:
    for roles in ([], ["other"], None, 7, {"ops": True}, [["ops"]]):
        answer = await ask(service, provider.token(roles=roles), PROFILE)
        assert (answer.status_code, "jane" in answer.json()["detail"]) == (403, True)
    async with client_of(stage, provider, oidc_default_role="viewer") as lenient:
        assert (await ask(lenient, provider.token(roles=[]), PROFILE)).json()["role"] == "viewer"


HS256 = b'{"alg":"HS256","kid":"first"}'


def encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def unsigned(provider: IdentityProvider) -> str:
    payload = provider.token().split(".")[1]
    return ".".join([encoded(b'{"alg":"none","kid":"first"}'), payload, ""])


def with_the_public_key_as_secret(provider: IdentityProvider) -> str:
    # Written by hand, for the library makes no such token.
    assert isinstance(provider.key, ECKey)
    payload = provider.token().split(".")[1]
    signed = f"{encoded(HS256)}.{payload}"
    signature = hmac.digest(provider.key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{encoded(signature)}"


def with_a_key_of_its_own(provider: IdentityProvider) -> str:
    own = new_key("first")
    return provider.token(key=own, header={"jwk": own.as_dict(private=False)})


def changed(provider: IdentityProvider) -> str:
    header, payload, signature = provider.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return f"{header}.{encoded(json.dumps({**claims, 'roles': ['odd=name']}).encode())}.{signature}"


def raw(header: bytes, payload: bytes) -> str:
    return ".".join(map(encoded, (header, payload, b"x" * 64)))


def now() -> int:
    """Seconds of the clock: tests may run for longer than tokens are good."""
    return int(time.time())


BAD: dict[str, tuple[Callable[[IdentityProvider], str], str]] = {
    "issuer": (lambda provider: provider.token(iss="https://elsewhere.test"), "issuer"),
    "issuers": (lambda provider: provider.token(iss=[provider.issuer]), "issuer"),
    "no issuer": (lambda provider: provider.token(without=("iss",)), "issuer"),
    "audience": (lambda provider: provider.token(aud="other"), "audience"),
    "part of the audience": (lambda provider: provider.token(aud=AUDIENCE[:-1]), "audience"),
    "no audience": (lambda provider: provider.token(without=("aud",)), "audience"),
    "expired": (lambda provider: provider.token(exp=now() - 60), "expired"),
    "for ever": (lambda provider: provider.token(without=("exp",)), "expires"),
    "expires at a word": (lambda provider: provider.token(exp="tomorrow"), "expires"),
    "later": (lambda provider: provider.token(nbf=now() + 900), "not valid yet"),
    "issued later": (lambda provider: provider.token(iat=now() + 900), "issued in the future"),
    "not signed": (unsigned, "not allowed"),
    "signed with the public key": (with_the_public_key_as_secret, "not allowed"),
    "signed with a key that it brings": (with_a_key_of_its_own, "signature"),
    "changed": (changed, "signature"),
    "key": (lambda provider: provider.token(key=new_key("unknown")), "key that is not known"),
    "kind": (lambda provider: provider.token(header={"typ": "logout+jwt"}), "no token to come in by"),
    "critical": (lambda _: raw(b'{"alg":"ES256","crit":["x"],"x":1}', b"{}"), "no signed token"),
    "algorithm of a list": (lambda _: raw(b'{"alg":["ES256"]}', b"{}"), "no signed token"),
    "a list": (lambda _: raw(b'{"alg":"ES256"}', b"[]"), "no token to come in by"),
    "deep": (lambda _: raw(b'{"alg":"ES256"}', b"[" * 9000), "no signed token"),
    "no text": (lambda _: raw(b'{"alg":"ES256"}', b"\xff\xfe"), "no signed token"),
    "rubbish": (lambda _: "a.b.c", "no signed token"),
    "dots": (lambda _: "..", "no signed token"),
    "huge": (lambda provider: provider.token(more="x" * 20_000), "too long"),
    "without a name": (lambda provider: provider.token(without=("sub", "preferred_username")), "whose"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_token_that_is_not_to_be_believed_is_refused(service: Client, provider: IdentityProvider, kind: str) -> None:
    make, reason = BAD[kind]
    answer = await ask(service, make(provider))
    assert (answer.status_code, reason in answer.json()["detail"]) == (401, True), answer.text
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="jobsvc", error="invalid_token", error_description="')
    assert reason in challenge
    assert provider.issuer not in answer.text + challenge


async def test_clocks_may_differ_a_little(stage: Stage, service: Client, provider: IdentityProvider) -> None:
    now = int(time.time())
    assert (await ask(service, provider.token(exp=now - 10, nbf=now + 10, iat=now + 10))).status_code == 200
    async with client_of(stage, provider, oidc_leeway_seconds=0) as strict:
        assert (await ask(strict, provider.token(exp=now - 10))).status_code == 401


async def test_only_keys_for_signatures_are_used(stage: Stage, provider: IdentityProvider) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared"})
    others = [new_key("enc", use="enc"), new_key("alg", alg="ES512")]
    published = [key.as_dict(private=False) for key in others] + [shared.as_dict(private=True)]
    provider.published += [*published, {"kty": "AKP", "kid": "new"}, {"kid": "none"}, {"kty": "RSA", "n": 7}]
    async with client_of(stage, provider) as service:
        assert (await ask(service, provider.token())).status_code == 200
        for key in others:
            plain = ECKey.import_key({**key.as_dict(private=True), "use": "sig", "alg": "ES256"})
            assert (await ask(service, provider.token(key=plain))).status_code == 401
        assert (await ask(service, provider.token(key=shared, header={"alg": "HS256"}))).status_code == 401


@pytest.mark.parametrize("algorithm", ["RS256", "PS256"])
async def test_other_algorithms(service: Client, provider: IdentityProvider, algorithm: str) -> None:
    provider.key = RSAKey.generate_key(2048, {"kid": "rsa"})
    provider.published = [dict(provider.key.as_dict(private=False))]
    assert (await ask(service, provider.token(header={"alg": algorithm}))).status_code == 200
    refused = await ask(service, provider.token(header={"alg": "RS512"}))
    assert "not allowed" in refused.json()["detail"]


async def test_a_token_without_a_key_id_is_of_the_only_key(service: Client, provider: IdentityProvider) -> None:
    provider.published = [{name: value for name, value in provider.published[0].items() if name != "kid"}]
    nameless = ECKey.import_key({name: value for name, value in provider.key.as_dict(private=True).items() if name != "kid"})
    claims = {"iss": provider.issuer, "aud": AUDIENCE, "sub": "x", "exp": now() + 600, "roles": ["ops"]}
    token = jwt.encode({"alg": "ES256"}, claims, nameless)
    assert (await ask(service, token)).status_code == 200


async def test_keys_are_changed_without_a_restart(
    service: Client, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = provider.token()
    assert (await ask(service, before)).status_code == 200
    provider.rotate("second")
    # A key that is not known yet is asked for, but not at once again.
    assert (await ask(service, provider.token())).status_code == 401
    assert provider.asked["keys"] == 1
    monkeypatch.setattr(providers, "PAUSE_SECONDS", 0)
    assert (await ask(service, provider.token())).status_code == 200
    # The old one has been taken back.
    assert (await ask(service, before)).status_code == 401


async def test_a_key_that_was_taken_back_is_not_believed_for_long(
    service: Client, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = provider.token()
    assert (await ask(service, before)).status_code == 200
    provider.rotate("second")
    monkeypatch.setattr(providers, "KEPT_SECONDS", 0)
    monkeypatch.setattr(providers, "PAUSE_SECONDS", 0)

    async def is_refused() -> bool:
        return (await ask(service, before)).status_code == 401

    await eventually(is_refused)


async def test_many_requests_with_an_unknown_key_make_one_call(service: Client, provider: IdentityProvider) -> None:
    token = provider.token(key=new_key("unknown"))
    answers = await asyncio.gather(*(ask(service, token) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {401}
    assert provider.asked == {"openid-configuration": 1, "keys": 1}


async def test_what_others_signed_makes_nobody_ask(service: Client, provider: IdentityProvider) -> None:
    for claims in ({"iss": "https://elsewhere.test"}, {"aud": "other"}, {"exp": now() - 60}):
        assert (await ask(service, provider.token(key=new_key("x"), **claims))).status_code == 401
    assert not provider.asked


async def test_a_provider_that_is_away_stops_nobody_whose_key_is_known(
    service: Client, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = provider.token()
    assert (await ask(service, known)).status_code == 200
    provider.close()
    monkeypatch.setattr(providers, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(providers, "KEPT_SECONDS", 0)
    unavailable = await ask(service, provider.token(key=new_key("other")))
    assert (unavailable.status_code, unavailable.headers["retry-after"]) == (503, "5")
    assert provider.issuer not in unavailable.text
    assert (await ask(service, known)).status_code == 200
    assert (await ask(service, provider.token(exp=now() - 60))).status_code == 401


async def test_a_slow_provider_is_not_waited_for_long(
    service: Client, provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "SECONDS", 0.2)
    provider.answers.clear()
    answers = await asyncio.gather(*(ask(service, provider.token()) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {503}
    assert "too slow" in answers[0].json()["detail"]
    assert (await service.get("/v6/version/")).status_code == 200
    provider.answers.set()
    monkeypatch.setattr(providers, "PAUSE_SECONDS", 0)
    assert (await ask(service, provider.token())).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        {"broken": (500, b"{}")},
        {"broken": (200, b"<html>")},
        {"broken": (200, b"[" * 100_000)},
        {"broken": (200, b"[]")},
        {"broken": (200, b'"' + b"x" * 2**21)},
        {"metadata": {"issuer": "https://elsewhere.test"}},
        {"metadata": {"jwks_uri": "file:///etc/passwd"}},
        {"metadata": {"jwks_uri": None}},
        {"published": []},
        {"published": {"a": 1}},
        {"published": [1, None, "x"]},
    ],
)
async def test_a_provider_that_answers_rubbish_is_one_that_is_away(
    service: Client, provider: IdentityProvider, fault: dict[str, Any]
) -> None:
    vars(provider).update(fault)
    assert (await ask(service, provider.token())).status_code == 503


async def test_a_caller_that_goes_away_lets_others_wait_on(service: Client, provider: IdentityProvider) -> None:
    provider.answers.clear()
    first = asyncio.create_task(ask(service, provider.token()))
    second = asyncio.create_task(ask(service, provider.token()))
    await eventually(lambda: provider.asked)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    provider.answers.set()
    assert (await second).status_code == 200


async def test_tokens_of_other_kinds_stay_what_they_are(stage: Stage, provider: IdentityProvider) -> None:
    async with client_of(stage, provider) as service:
        assert (await ask(service, "no-token")).status_code == 403
        assert (await service.get(JOBS)).status_code == 403
        assert (await service.get(PROFILE)).headers["www-authenticate"] == 'Bearer realm="jobsvc"'
        _, token = await stage.services.tokens.make("joe", role=Role.VIEWER)
        assert (await ask(service, token)).status_code == 200
    assert not provider.asked


async def test_the_audit_says_how_a_caller_is_known(stage: Stage, service: Client, provider: IdentityProvider) -> None:
    headers = {"Authorization": f"Bearer {provider.token()}"}
    assert (await service.post("/v6/jobs/cancel/", {"job_ids": [0]}, headers=headers)).status_code == 202
    await stage.services.audit.close()
    entries = (await ask(service, provider.token(), "/v6/audit/?user=jane")).json()["results"]
    assert entries[0]["source"] == "oidc"


async def test_a_browser_of_others_is_answered_alike(service: Client) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(service.app), base_url=BASE) as http:
        answer = await http.get("/v3/jobs/", headers={"Authorization": "Bearer a.b.c", "Accept": "text/plain"})
    assert (answer.status_code, answer.text) == (401, "The token is not valid. It is no signed token.")
