"""Answers of the server itself, and connections that live or say that they do not."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from jobsvc.server.limits import Limits
from tests.api.conftest import Stage
from tests.server.wire import VERSION, Port, application, listening, request
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"hello\r\n\r\n",
    b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n",
    b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n folded: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nnonsense\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\x00b\r\n\r\n",
]
HOSTS = [
    (b"", 400),
    (b"Host: a\r\nHost: a\r\n", 400),
    (b"Host: \r\n", 400),
    (b'Host: a"b\r\n', 400),
    (b"Host: localhost/x\r\n", 400),
    (b"Host: me@localhost\r\n", 400),
    (b"Host: localhost:99999\r\n", 400),
    (b"Host: localhost:x\r\n", 400),
    (b"Host: [::g]\r\n", 400),
    (b"Host: localhost\\@elsewhere.test\r\n", 400),
    (b"Host: elsewhere.test\r\n", 421),
    (b"Host: localhost.elsewhere.test\r\n", 421),
    (b"Host: 127.0.0.1.elsewhere.test\r\n", 421),
    (b"Host: 10.0.0.1:8000\r\n", 421),
    (b"Host: 0.0.0.0\r\n", 421),
    (b"Host: elsewhere.test\r\nX-Forwarded-Host: localhost\r\n", 421),
    (b"Host: LocalHost:1\r\n", 200),
    (b"Host: localhost.\r\n", 200),
    (b"Host: 127.1.2.3\r\n", 200),
    (b"Host: [::1]:8000\r\n", 200),
]


@pytest.mark.parametrize("sent", GARBAGE)
async def test_what_is_no_http_is_told_so_in_json(port: Port, sent: bytes) -> None:
    answer = await port.exchange(sent)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
    assert list(answer.json) == ["detail", "request_id"]
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert answer.is_last


@pytest.mark.parametrize("sent", GARBAGE)
async def test_requests_before_it_are_answered_first(port: Port, sent: bytes) -> None:
    async with port.wire() as wire:
        await wire.send(VERSION * 3 + sent)
        assert [(await wire.answer()).status for _ in range(4)] == [200, 200, 200, 400]
        assert await wire.rest() == b""


async def test_a_broken_chunk_ends_its_request(port: Port) -> None:
    head = request("POST", "/v6/jobs/cancel/", b"", "Transfer-Encoding: chunked", "Content-Type: application/json")
    async with port.wire() as wire:
        await wire.send(VERSION + head, b"2\r\n{}\r\n", b"zz\r\n")
        assert [(await wire.answer()).status for _ in range(2)] == [200, 400]
        assert await wire.rest() == b""
    assert await _operations(port) == 0


async def _operations(port: Port) -> int:
    return int((await port.exchange(request("GET", "/v6/bulk-operations/"))).json["count"])


async def test_any_number_of_requests_may_wait_behind_each_other(port: Port) -> None:
    async with port.wire() as wire:
        await wire.send(VERSION * 3000)
        assert {(await wire.answer()).status for _ in range(3000)} == {200}


@pytest.mark.parametrize(("header", "status"), HOSTS)
async def test_without_tokens_the_names_of_this_host_are_served(port: Port, header: bytes, status: int) -> None:
    answer = await port.exchange(b"GET /v6/version/ HTTP/1.1\r\n" + header + b"\r\n")
    assert answer.status == status


async def test_who_speaks_the_oldest_http_need_not_name_a_host(port: Port) -> None:
    answer = await port.exchange(b"GET /v6/jobs/?page_size=1 HTTP/1.0\r\n\r\n")
    assert (answer.status, answer.is_last) == (200, True)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("::1", "[::1]")])
async def test_where_it_listens_is_said_as_in_a_url(stage: Stage, host: str, shown: str) -> None:
    with capture_logs() as logs:
        async with listening(application(stage.services), Limits(), host=host) as port:
            await eventually(lambda: port.server.started)
    (said,) = [entry["addresses"] for entry in logs if entry["event"] == "api.listening"]
    assert said == [f"{shown}:{port.number}"]


async def test_a_fault_leaves_the_connection_as_it_says(stage: Stage) -> None:
    async def fail(*_: Any) -> None:
        raise RuntimeError("broken")

    broken = replace(stage.services, jobs=SimpleNamespace(get=fail))  # type: ignore[arg-type]
    async with listening(application(broken), Limits()) as port, port.wire() as wire:
        with capture_logs() as logs:
            for _ in range(3):
                await wire.send(request("GET", "/v6/jobs/1/"))
                answer = await wire.answer()
                assert (answer.status, answer.is_last) == (500, False)
        assert [entry["event"] for entry in logs] == ["request.failed"] * 3
        await wire.send(VERSION)
        assert (await wire.answer()).status == 200


@pytest.mark.parametrize("path", ["/nothing/", "/v6/version/", "/v6/jobs/"])
async def test_who_is_answered_before_it_has_sent_everything_is_told_that_it_ends(port: Port, path: str) -> None:
    async with port.wire() as wire:
        await wire.send(request("POST", path, b"", "Content-Length: 99999999", "Content-Type: application/json"))
        answer = await wire.answer()
        assert answer.status in {404, 405, 413}
        assert answer.is_last
        assert await wire.rest() == b""
