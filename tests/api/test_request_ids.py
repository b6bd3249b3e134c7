"""What a request is called: in its answer, in the log, and by whom."""

import asyncio
import re
from collections.abc import Mapping, MutableMapping, Sequence
from ipaddress import ip_network
from typing import Any

import httpx
import pytest
import structlog
from structlog.testing import LogCapture

from jobsvc.api.hosts import Hosts
from jobsvc.api.request_log import AccessLog
from jobsvc.app import bare_app
from tests.api.conftest import Stage
from tests.support import BASE

pytestmark = pytest.mark.asyncio(loop_scope="module")
MADE = re.compile("[0-9a-f]{32}")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
Log = list[MutableMapping[str, Any]]


async def asked(
    stage: Stage,
    path: str,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    *,
    proxies: Sequence[str] = ("127.0.0.1",),
    access_log: AccessLog = AccessLog.ALL,
    method: str = "GET",
    tokens: dict[str, str] | None = None,
) -> tuple[httpx.Response, Log]:
    """The answer of an application that believes some gateways, and what it logged."""
    app = bare_app(tokens or {}, hosts=Hosts([ip_network(item) for item in proxies]), access_log=access_log)
    app.state.services = stage.services
    capture = LogCapture()
    before = structlog.get_config()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    sent = list(headers.items() if isinstance(headers, Mapping) else headers)
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            return await client.request(method, path, headers=sent), capture.entries
    finally:
        structlog.configure(**before)


@pytest.mark.parametrize("path", ["/v6/jobs/", "/v6/jobs/999999/", "/v6/nothing/", "/v6/jobs/?page=x", "/jobs/", "/openapi.json"])
async def test_every_answer_says_an_id_that_the_log_says_too(stage: Stage, path: str) -> None:
    answer, log = await asked(stage, path)
    assert MADE.fullmatch(answer.headers["x-request-id"])
    assert [entry["request_id"] for entry in log] == [answer.headers["x-request-id"]]
    if answer.is_error:
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_no_two_requests_are_called_alike(stage: Stage) -> None:
    answers = await asyncio.gather(*(stage.client.get("/v6/version/") for _ in range(50)))
    assert len({answer.headers["x-request-id"] for answer in answers}) == 50


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Request-Id": "abc-123"}, "abc-123"),
        ({"X-Request-Id": "a" * 128}, "a" * 128),
        ({"X-Request-Id": "Root=1-67891233-abcdef012345678912345678"}, "Root=1-67891233-abcdef012345678912345678"),
        ({"traceparent": TRACEPARENT}, TRACE),
        ({"traceparent": f"cc-{TRACE}-00f067aa0ba902b7-01-what-the-future-may-be"}, TRACE),
        ({"X-Request-Id": "abc", "traceparent": TRACEPARENT}, "abc"),
        ({"X-Request-Id": "a b", "traceparent": TRACEPARENT}, TRACE),
    ],
)
async def test_a_gateway_may_name_it(stage: Stage, headers: dict[str, str], expected: str) -> None:
    answer, [entry] = await asked(stage, "/v6/version/", headers)
    assert (answer.headers["x-request-id"], entry["request_id"]) == (expected, expected)


@pytest.mark.parametrize(
    "headers",
    [
        [("X-Request-Id", "")],
        [("X-Request-Id", "a" * 129)],
        [("X-Request-Id", "a\tb")],
        [("X-Request-Id", 'a","level":"error')],
        [("X-Request-Id", "\x1b[31m")],
        [("X-Request-Id", "a"), ("X-Request-Id", "b")],
        [("traceparent", TRACEPARENT.upper())],
        [("traceparent", f"ff-{TRACE}-00f067aa0ba902b7-01")],
        [("traceparent", f"00-{'0' * 32}-00f067aa0ba902b7-01")],
        [("traceparent", f"00-{TRACE}-{'0' * 16}-01")],
        [("traceparent", TRACE)],
    ],
)
async def test_what_is_no_name_is_not_taken(stage: Stage, headers: list[tuple[str, str]]) -> None:
    answer, _ = await asked(stage, "/v6/version/", headers)
    assert MADE.fullmatch(answer.headers["x-request-id"])


@pytest.mark.parametrize("headers", [{"X-Request-Id": "abc"}, {"traceparent": TRACEPARENT}])
@pytest.mark.parametrize("proxies", [(), ("10.0.0.0/8",)])
async def test_a_stranger_names_nothing(stage: Stage, headers: dict[str, str], proxies: Sequence[str]) -> None:
    answer, _ = await asked(stage, "/v6/version/", headers, proxies=proxies)
    assert answer.headers["x-request-id"] not in {"abc", TRACE}


async def test_the_log_says_how_a_request_was_answered(stage: Stage) -> None:
    answer, [entry] = await asked(stage, "/v6/jobs/?page_size=1&status=RUNNING")
    taken = entry.pop("ms")
    assert 0 < taken < 60_000
    assert dict(entry) == {
        "event": "request.answered",
        "log_level": "info",
        "request_id": answer.headers["x-request-id"],
        "method": "GET",
        "path": "/v6/jobs/",
        "route": "/v6/jobs/",
        "status": 200,
        "bytes": len(answer.content),
        "user": "Anonymous",
        "client": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/v6/jobs/999999", "/v6/jobs/{job_id}/", 404),
        ("HEAD", "/v7/jobs/", "/v7/jobs/", 200),
        ("POST", "/v6/jobs/cancel/", "/v6/jobs/cancel/", 400),
        ("GET", "/v6/nothing/at/all/", None, 404),
        ("DELETE", "/v6/jobs/", "/v6/jobs/", 405),
    ],
)
async def test_it_names_the_route_and_not_the_thing(stage: Stage, method: str, path: str, route: str | None, status: int) -> None:
    answer, [entry] = await asked(stage, path, method=method)
    assert (entry["method"], entry["route"], entry["status"], answer.status_code) == (method, route, status, status)


async def test_it_names_the_caller(stage: Stage) -> None:
    tokens = {"alice": "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"}  # of "secret"
    _, [entry] = await asked(stage, "/v6/jobs/", {"Authorization": "Bearer secret"}, tokens=tokens)
    assert entry["user"] == "alice"
    _, [entry] = await asked(stage, "/v6/jobs/", {"Authorization": "Bearer other"}, tokens=tokens)
    assert (entry["user"], entry["status"]) == ("Anonymous", 403)


@pytest.mark.parametrize(
    ("level", "path", "lines"),
    [
        (AccessLog.OFF, "/v6/jobs/", 0),
        (AccessLog.OFF, "/v6/nothing/", 0),
        (AccessLog.ERRORS, "/v6/jobs/", 0),
        (AccessLog.ERRORS, "/v6/nothing/", 1),
        (AccessLog.ALL, "/v6/jobs/", 1),
        (AccessLog.ALL, "/livez", 0),
        (AccessLog.ALL, "/readyz/", 0),
    ],
)
async def test_which_requests_are_logged(stage: Stage, level: AccessLog, path: str, lines: int) -> None:
    _, log = await asked(stage, path, access_log=level)
    assert len(log) == lines


@pytest.mark.parametrize(
    ("headers", "proxies", "client"),
    [
        ({"X-Forwarded-For": "198.51.100.7"}, ("127.0.0.1",), "198.51.100.7"),
        ({"X-Forwarded-For": "6.6.6.6, 198.51.100.7, 10.0.0.2"}, ("127.0.0.1", "10.0.0.0/8"), "198.51.100.7"),
        ({"X-Forwarded-For": "198.51.100.7:4711"}, ("127.0.0.1",), "198.51.100.7"),
        ({"X-Forwarded-For": "[2001:db8::1]:4711"}, ("127.0.0.1",), "2001:db8::1"),
        ({"X-Forwarded-For": "2001:db8::1"}, ("127.0.0.1",), "2001:db8::1"),
        ({"Forwarded": 'for="[2001:db8::1]:4711";proto=https'}, ("127.0.0.1",), "2001:db8::1"),
        ({"Forwarded": "for=6.6.6.6, for=198.51.100.7;by=10.0.0.1"}, ("127.0.0.1",), "198.51.100.7"),
        ({"X-Forwarded-For": "unknown"}, ("127.0.0.1",), "127.0.0.1"),
        ({"X-Forwarded-For": "999.1.1.1"}, ("127.0.0.1",), "127.0.0.1"),
        ({"X-Forwarded-For": "198.51.100.7"}, (), "127.0.0.1"),
    ],
)
async def test_the_client_is_the_nearest_that_is_no_gateway(
    stage: Stage, headers: dict[str, str], proxies: Sequence[str], client: str
) -> None:
    _, [entry] = await asked(stage, "/v6/version/", headers, proxies=proxies)
    assert entry["client"] == client
