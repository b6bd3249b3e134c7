"""Clients that offer another protocol are served in this one, body and all (RFC 9110, section 7.8)."""

from itertools import pairwise

import pytest

from tests.server.wire import VERSION, Port, request

pytestmark = pytest.mark.asyncio(loop_scope="module")
H2C = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA")
OFFERS = [
    H2C,
    ("Connection: upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    ("Connection: keep-alive, Upgrade", "Upgrade: TLS/1.0, h2c"),
    ("Upgrade: h2c",),
    ("Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket"),
]
BODY = b'{"job_ids": [0], "dry_run": true}'
CHUNKED = b"%x;name=value\r\n%b\r\n0\r\nOrigin: http://elsewhere.test\r\n\r\n" % (len(BODY), BODY)
JSON = "Content-Type: application/json"
every_offer = pytest.mark.parametrize("offer", OFFERS)


def order(*headers: str) -> bytes:
    return request("POST", "/v6/jobs/cancel/", BODY, JSON, *headers)


@every_offer
@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_the_body_is_read_in_whatever_pieces_it_comes(port: Port, offer: tuple[str, ...], size: int) -> None:
    sent = order(*offer)
    answer = await port.exchange(*(sent[start : start + size] for start in range(0, len(sent), size)))
    assert (answer.status, answer.json["matched"]) == (200, 0)


@every_offer
async def test_the_connection_lives_on(port: Port, offer: tuple[str, ...]) -> None:
    async with port.wire() as wire:
        for _ in range(2):
            await wire.send(order(*offer) + VERSION + order(*offer))
            assert [next(iter((await wire.answer()).json)) for _ in range(3)] == ["matched", "version", "matched"]


@every_offer
async def test_chunks_are_read(port: Port, offer: tuple[str, ...]) -> None:
    head = request("POST", "/v6/jobs/cancel/", b"", JSON, "Transfer-Encoding: chunked", *offer)
    async with port.wire() as wire:
        await wire.send(head, CHUNKED + VERSION)
        assert (await wire.answer()).json["matched"] == 0
        assert list((await wire.answer()).json) == ["version"]


@every_offer
async def test_who_waits_for_leave_to_send_gets_it(port: Port, offer: tuple[str, ...]) -> None:
    head = request("POST", "/v6/jobs/cancel/", b"", JSON, "Expect: 100-continue", f"Content-Length: {len(BODY)}", *offer)
    async with port.wire() as wire:
        await wire.send(head)
        assert (await wire.answer()).status == 100
        await wire.send(BODY)
        assert (await wire.answer()).json["matched"] == 0


@every_offer
@pytest.mark.parametrize("path", ["/v6/jobs/", "/jobs/", "/v6/files/upload/?file_name=a.txt", "/v6/workspaces/"])
async def test_every_route_gets_the_body(port: Port, path: str, offer: tuple[str, ...]) -> None:
    plain = await port.exchange(request("POST", path, b'{"title": 1}', JSON))
    offered = await port.exchange(request("POST", path, b'{"title": 1}', JSON, *offer))
    assert (offered.status, offered.json.keys()) == (plain.status, plain.json.keys())


@pytest.mark.parametrize("cuts", [(), (9,), (16, 18), (20,)])
async def test_http_2_out_of_the_blue_is_told_what_is_spoken(port: Port, cuts: tuple[int, ...]) -> None:
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 18
    ends = [0, *cuts, len(preface)]
    answer = await port.exchange(*(preface[start:end] for start, end in pairwise(ends)))
    assert (answer.status, list(answer.json), answer.is_last) == (505, ["detail", "request_id"], True)


async def test_a_tunnel_is_refused(port: Port) -> None:
    answer = await port.exchange(b"CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: elsewhere.test:443\r\n\r\n")
    assert (answer.status, list(answer.json), answer.is_last) == (501, ["detail", "request_id"], True)
