"""What docs/access.md shows of settings lets in whom it says."""

import re
import subprocess
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from jobsvc.api.hosts import Hosts
from jobsvc.app import access_options, bare_app
from jobsvc.settings import Settings, read_settings
from tests.api.conftest import Stage
from tests.identity_provider import identity_provider
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text(encoding="utf-8")
PROFILE = "/v6/accounts/profile/"


def example(monkeypatch: pytest.MonkeyPatch, heading: str, **others: str) -> Settings:
    """The settings of the example below a heading, as a shell understands it."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    match = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert match, f"there is no example below {heading}"
    shown = subprocess.run(["sh", "-c", f"set -a\n{match[1]}\nenv"], env={}, capture_output=True, text=True, check=True).stdout
    variables = dict(line.split("=", 1) for line in shown.splitlines() if line.startswith("JOBSVC_"))
    for name, value in {**variables, **others}.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def client(stage: Stage, settings: Settings, address: str = "127.0.0.1") -> httpx.AsyncClient:
    hosts = Hosts([ip_network(entry) for entry in settings.trusted_proxies])
    app = bare_app({}, access=access_options(settings), hosts=hosts)
    app.state.services = stage.services
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url=BASE)


async def test_tokens_of_a_provider(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    with identity_provider() as provider:
        settings = example(monkeypatch, "Tokens of a provider of identities", JOBSVC_OIDC_ISSUER=provider.issuer)
        async with client(stage, settings) as http:
            for value, role, job_types in (
                ("jobsvc-admins", "admin", None),
                ("staff", "viewer", None),
                ("team-a", "submitter", ["echo", "word-count"]),
            ):
                token = provider.token(realm_access={"roles": [value, "offline_access"]})
                profile = (await http.get(PROFILE, headers={"Authorization": f"Bearer {token}"})).json()
                assert (profile["role"], profile["job_types"]) == (role, job_types)


async def test_callers_that_a_gateway_has_let_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = example(monkeypatch, "Callers that a gateway has let in")
    async with client(stage, settings, "10.0.0.2") as http:
        for groups, role in (("jobs-admins, staff", "admin"), ("staff", "viewer"), ("others", "viewer")):
            headers = {"X-Forwarded-User": "jane", "X-Forwarded-Groups": groups}
            assert (await http.get(PROFILE, headers=headers)).json()["role"] == role
