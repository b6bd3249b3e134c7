"""What one client may take, and what it is told when it takes more."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from jobsvc.api.middleware import digest_of
from jobsvc.server.connection import Connection
from jobsvc.server.limits import Limits
from tests.api.conftest import Stage
from tests.server.wire import VERSION, Port, Wire, application, listening, request
from tests.waiting import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHUNKED = ("Transfer-Encoding: chunked", "Content-Type: application/json")
QUICK = Limits(connections=20, head_seconds=1, idle_seconds=1, body_seconds=2, body_rate=10_000, stall_seconds=2)
HEAD = b"GET /v6/jobs/ HTTP/1.1\r\nHost: localhost\r\n"
ORDER = request("POST", "/v6/jobs/cancel/", b"", *CHUNKED)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quick(stage: Stage) -> AsyncIterator[Port]:
    """The API with little patience."""
    async with listening(application(stage.services), QUICK) as listens:
        yield listens


async def endless(wire: Wire, piece: bytes, limit: int) -> int:
    """Send the piece again and again; the bytes that were taken before the server had enough."""
    sent = 0
    try:
        while sent < limit and not wire.reader.at_eof():
            await wire.send(piece)
            sent += len(piece)
    except OSError:
        pass
    return sent


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD + b"".join(b"X-%d: 1\r\n" % number for number in range(98)) + b"\r\n", 200),
        (HEAD + b"".join(b"X-%d: 1\r\n" % number for number in range(101)), 431),
        (HEAD + b"X: %b\r\n\r\n" % (b"y" * 60_000), 200),
        (HEAD + b"X: %b" % (b"y" * 200_000), 431),
        (HEAD + b"%b: y" % (b"x" * 200_000), 431),
        (HEAD + b"".join(b"X-%d: %b\r\n" % (number, b"y" * 10_000) for number in range(9)), 431),
        (request("GET", f"/v6/jobs/?x={'y' * 60_000}"), 200),
        (b"GET /%b HTTP/1.1\r\n" % (b"y" * 70_000), 414),
        (b"GET /%b" % (b"y" * 200_000), 414),
        (b"%b / HTTP/1.1\r\n" % (b"G" * 200_000), 400),
        (ORDER + b"1;%b\r\n{\r\n" % (b"x" * 400_000), 400),
        (ORDER + b"2\r\n{}\r\n0\r\nX: %b\r\n\r\n" % (b"y" * 400_000), 400),
        (ORDER + b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 100_000, 400),
    ],
)
async def test_what_stands_around_the_content_is_bounded(port: Port, sent: bytes, status: int) -> None:
    answer = await port.exchange(sent)
    assert (answer.status, answer.is_last) == (status, status != 200)


async def test_400_mb_of_headers_are_not_read(port: Port) -> None:
    async with port.wire() as wire:
        await wire.send(HEAD)
        sent = await endless(wire, b"X: %b\r\n" % (b"y" * 10_000) * 100, 400 * 2**20)
    assert sent < 100 * 2**20


async def test_the_smallest_chunks_are_a_body_like_any_other(port: Port) -> None:
    body = b'{"job_ids": [0], "dry_run": true}' + b" " * 20_000
    answer = await port.exchange(ORDER, b"".join(b"1\r\n%c\r\n" % byte for byte in body), b"0\r\n\r\n")
    assert answer.status == 200


@pytest.mark.parametrize("sent", [b"GET /", HEAD, HEAD + b"X: y", VERSION + b"GET /", VERSION + HEAD])
async def test_headers_that_do_not_end_have_their_time(quick: Port, sent: bytes) -> None:
    async with quick.wire() as wire:
        await wire.send(sent)
        if sent.startswith(VERSION):
            assert (await wire.answer()).status == 200
        trickle = asyncio.create_task(_trickle(wire, b"x"))
        answer = await wire.answer()
        trickle.cancel()
        assert (answer.status, answer.is_last, list(answer.json)) == (408, True, ["detail", "request_id"])
        assert await wire.rest() == b""


@pytest.mark.parametrize("sent", [b"", b"\r\n", VERSION, VERSION + b"\r\n"])
async def test_who_asks_nothing_is_let_go(quick: Port, sent: bytes) -> None:
    async with quick.wire() as wire:
        await wire.send(sent)
        if VERSION in sent:
            assert (await wire.answer()).status == 200
        assert await wire.rest() == b""


@pytest.mark.parametrize("path", ["/v6/jobs/cancel/", "/v6/files/upload/?file_name=slow.txt"])
async def test_a_body_that_trickles_has_its_time(quick: Port, path: str) -> None:
    async with quick.wire() as wire:
        await wire.send(request("POST", path, b"", "Content-Length: 100000", "Content-Type: application/json"))
        trickle = asyncio.create_task(_trickle(wire, b" "))
        answer = await wire.answer()
        trickle.cancel()
        assert (answer.status, answer.is_last, list(answer.json)) == (408, True, ["detail", "request_id"])


async def _trickle(wire: Wire, byte: bytes) -> None:
    """A byte every tenth of a second: some clients are that slow."""
    while True:
        await wire.send(byte)
        await asyncio.sleep(0.1)


@pytest.mark.parametrize("number", [60, 400])
async def test_half_requests_keep_nobody_out(quick: Port, number: int) -> None:
    wires = [await asyncio.open_connection("127.0.0.1", quick.number) for _ in range(number)]
    try:
        for _, writer in wires:
            writer.write(HEAD)
        assert (await quick.exchange(VERSION)).status == 200
        assert quick.connections <= QUICK.connections + 201
    finally:
        for _, writer in wires:
            writer.close()


async def test_one_more_than_there_is_room_for_is_told_so(stage: Stage) -> None:
    async with listening(application(stage.services), Limits(connections=2)) as port, port.wire() as one, port.wire() as other:
        for wire in (one, other):
            await wire.send(ORDER)
        connections = port.server.server_state.connections
        await eventually(
            lambda: sum(isinstance(connection, Connection) and connection.is_busy for connection in connections) == 2
        )
        answer = await port.exchange(VERSION)
        assert (answer.status, answer.headers["retry-after"], list(answer.json)) == (503, "1", ["detail", "request_id"])
        await one.send(b"2\r\n{}\r\n0\r\n\r\n")
        assert (await one.answer()).status == 202


@pytest.mark.parametrize("framing", [(f"Content-Length: {10**12}",), ("Transfer-Encoding: chunked",)])
@pytest.mark.parametrize("path", ["/v6/jobs/", "/v6/files/upload/?file_name=large", "/nothing/"])
async def test_a_stranger_is_refused_before_the_body_is_read(stage: Stage, path: str, framing: tuple[str, ...]) -> None:
    app = application(stage.services, {"jane": digest_of("secret")})
    async with listening(app, Limits()) as port, port.wire() as wire:
        await wire.send(request("POST", path, b"", *framing))
        answer = await wire.answer()
        assert (answer.status, answer.is_last) == (403, True)
        chunk = b"%x\r\n%b\r\n" % (2**16, bytes(2**16))
        assert await endless(wire, chunk, 2**30) < 2**27


async def test_who_is_refused_gets_to_read_why_while_it_sends(port: Port) -> None:
    answer = await port.exchange(request("POST", "/v6/jobs/", b"x" * (12 * 2**20), "Content-Type: application/json"))
    assert (answer.status, answer.is_last) == (413, True)
