"""Settings of access that do not fit are refused in a sentence that names them."""

import pytest

from jobsvc.settings import Settings, SettingsProblem, read_settings

OIDC = {"OIDC_ISSUER": "https://id.test", "OIDC_AUDIENCE": "jobsvc", "OIDC_ROLES": "a=admin"}
PROXY = {"PROXY_USER_HEADER": "X-User", "PROXY_DEFAULT_ROLE": "viewer", "TRUSTED_PROXIES": "10.0.0.1"}


def read(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(f"JOBSVC_{name}", value)
    return read_settings()


def test_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, {**OIDC, **PROXY, "OIDC_ALGORITHMS": "RS256, ES256"})
    assert settings.needs_credentials
    assert (settings.oidc_audience, settings.oidc_algorithms) == (("jobsvc",), ("RS256", "ES256"))


@pytest.mark.parametrize("variables", [OIDC, PROXY])
def test_all_of_it_is_needed(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    assert read(monkeypatch, variables).needs_credentials
    first, *others = variables
    for name in others:
        with monkeypatch.context() as without:
            without.delenv(f"JOBSVC_{name}")
            with pytest.raises(SettingsProblem, match=first):
                read_settings()


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ({**OIDC, "OIDC_ISSUER": "http://id.test"}, "JOBSVC_OIDC_ISSUER: must be https"),
        ({**OIDC, "OIDC_ISSUER": "id.test"}, "JOBSVC_OIDC_ISSUER: must be https"),
        ({**OIDC, "OIDC_ISSUER": "https://"}, "JOBSVC_OIDC_ISSUER: must be https"),
        ({**OIDC, "OIDC_ALGORITHMS": "HS256"}, "JOBSVC_OIDC_ALGORITHMS"),
        ({**OIDC, "OIDC_ALGORITHMS": "none"}, "JOBSVC_OIDC_ALGORITHMS"),
        ({**OIDC, "OIDC_ALGORITHMS": ","}, "JOBSVC_OIDC_ALGORITHMS: must name one"),
        ({**OIDC, "OIDC_ROLES": "a=root"}, "JOBSVC_OIDC_ROLES"),
        ({**OIDC, "OIDC_CLIENT_ID": "x", "OIDC_SCOPES": "profile"}, "JOBSVC_OIDC_SCOPES"),
        ({"OIDC_CLIENT_ID": "x"}, "JOBSVC_OIDC_ISSUER: must be set"),
        ({**PROXY, "PROXY_USER_HEADER": "Authorization"}, "JOBSVC_PROXY_USER_HEADER"),
        ({**PROXY, "PROXY_USER_HEADER": "X User"}, "JOBSVC_PROXY_USER_HEADER"),
        ({**PROXY, "PROXY_ROLES_HEADER": "cookie"}, "JOBSVC_PROXY_ROLES_HEADER"),
        ({"CORS_ORIGINS": "jobs.example.com"}, "JOBSVC_CORS_ORIGINS: each entry must be an origin"),
        ({"CORS_ORIGINS": "https://jobs.example.com/ui"}, "JOBSVC_CORS_ORIGINS: each entry must be an origin"),
        ({"CORS_ORIGINS": "https://a:b@jobs.example.com"}, "JOBSVC_CORS_ORIGINS: each entry must be an origin"),
        ({"CORS_ORIGINS": "https://jobs.example.com:port"}, "JOBSVC_CORS_ORIGINS: each entry must be an origin"),
        ({"CORS_ORIGINS": "null"}, "JOBSVC_CORS_ORIGINS: each entry must be an origin"),
        ({"CORS_ORIGINS": "*"}, "JOBSVC_CORS_ORIGINS: must name origins"),
    ],
)
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsProblem, match=problem):
        read(monkeypatch, variables)


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:1/x", "http://localhost", "http://[::1]:80", "https://id.test/realms/a"])
def test_who_vouches_for_callers_is_asked_in_private(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    assert read(monkeypatch, {**OIDC, "OIDC_ISSUER": issuer}).oidc_issuer == issuer


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Jobs.example.com:443", "https://jobs.example.com"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_origins_are_as_browsers_write_them(monkeypatch: pytest.MonkeyPatch, text: str, origin: str) -> None:
    assert read(monkeypatch, {"CORS_ORIGINS": text}).cors_origins == (origin,)


def test_every_origin_may_call_where_credentials_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read(monkeypatch, {**OIDC, "CORS_ORIGINS": "*"}).cors_origins == ("*",)
