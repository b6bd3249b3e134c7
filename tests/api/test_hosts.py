"""Whose word is taken about what the service is called."""

from ipaddress import ip_network

import httpx
import pytest

from jobsvc.api.hosts import Hosts
from jobsvc.app import bare_app
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
GATEWAY = {"X-Forwarded-Host": "jobs.test", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/batch"}


async def asked(stage: Stage, client: str, headers: dict[str, str], *proxies: str) -> httpx.Response:
    """The answer to a client at an address, of a service that believes these gateways."""
    app = bare_app({}, hosts=Hosts([ip_network(proxy) for proxy in proxies]))
    app.state.services = stage.services
    transport = httpx.ASGITransport(app, client=(client, 1234))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        return await http.get("/v6/openapi.json", headers=headers)


def base(answer: httpx.Response) -> str:
    """What the service calls itself."""
    return str(answer.json()["servers"][0]["url"])


@pytest.mark.parametrize(
    ("client", "proxies", "is_believed"),
    [
        ("127.0.0.1", (), False),
        ("10.1.2.3", ("10.0.0.0/8",), True),
        ("10.1.2.3", ("192.168.0.1", "10.1.2.3"), True),
        ("11.1.2.3", ("10.0.0.0/8",), False),
        ("::ffff:10.1.2.3", ("10.0.0.0/8",), True),
        ("::1", ("::1",), True),
        ("::1", ("127.0.0.1",), False),
        ("not an address", ("0.0.0.0/0",), False),
    ],
)
@pytest.mark.parametrize("headers", [GATEWAY, {"Forwarded": "proto=https;host=jobs.test"}])
async def test_gateways_are_believed_when_they_are_named(
    stage: Stage, client: str, proxies: tuple[str, ...], headers: dict[str, str], *, is_believed: bool
) -> None:
    answer = await asked(stage, client, headers, *proxies)
    prefix = headers.get("X-Forwarded-Prefix", "")
    assert base(answer) == (f"https://jobs.test{prefix}" if is_believed else BASE)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-Host": 'x"><script>'},
        {"X-Forwarded-Host": "a/b"},
        {"X-Forwarded-Host": "user@jobs.test"},
        {"X-Forwarded-Host": "jobs.test:0"},
        {"X-Forwarded-Proto": "javascript"},
        {"X-Forwarded-Prefix": "/a?b"},
        {"X-Forwarded-Prefix": "/a#b"},
        {"X-Forwarded-Prefix": '/"'},
        {"Forwarded": 'host="a\\"b"'},
        {"Forwarded": "proto=data"},
    ],
)
async def test_what_may_not_stand_in_a_link_does_not(stage: Stage, headers: dict[str, str]) -> None:
    assert (await asked(stage, "10.1.2.3", headers, "10.0.0.0/8")).status_code == 400
    assert base(await asked(stage, "10.1.2.3", headers)) == BASE


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Forwarded-Prefix": "//elsewhere.test"}, f"{BASE}/elsewhere.test"),
        ({"X-Forwarded-Proto": "HTTPS"}, "https://service.test"),
        ({"Forwarded": 'for="[::1]:1;host=no.test";host="[::1]:8443"'}, "http://[::1]:8443"),
        ({"Forwarded": "for=1.2.3.4, host=second.test"}, BASE),
        ({"Forwarded": "HOST=jobs.test ; PROTO=HTTPS"}, "https://jobs.test"),
    ],
)
async def test_what_gateways_say_is_read(stage: Stage, headers: dict[str, str], expected: str) -> None:
    assert base(await asked(stage, "10.1.2.3", headers, "10.0.0.0/8")) == expected
