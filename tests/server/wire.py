"""A real server on a port of its own, and clients that send bytes as they like."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import FastAPI

from jobsvc.api.context import Services
from jobsvc.api.hosts import Hosts
from jobsvc.app import bare_app
from jobsvc.server.configured import STOP_SECONDS, configured
from jobsvc.server.limits import Limits
from jobsvc.server.serving import Server

LOCAL = Hosts(is_loopback_only=True)
SECONDS = 20
"""That a test waits for what should come at once."""


@dataclass(frozen=True)
class Answer:
    """One answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def json(self) -> Any:
        """The body's document."""
        return orjson.loads(self.body)

    @property
    def is_last(self) -> bool:
        """Whether it says that the connection ends."""
        return self.headers.get("connection") == "close"


class Wire:
    """A connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, *pieces: bytes) -> None:
        """Send pieces, each in a segment of its own."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def answer(self) -> Answer:
        """The next answer."""
        async with asyncio.timeout(SECONDS):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            pairs = (line.split(": ", 1) for line in head[1:] if line)
            headers = {name.lower(): value for name, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
            return Answer(int(head[0].split()[1]), headers, body)

    async def rest(self) -> bytes:
        """What comes until the server ends the connection."""
        async with asyncio.timeout(SECONDS):
            return await self.reader.read()


class Port:
    """Where a server listens."""

    def __init__(self, server: Server, number: int) -> None:
        self.server = server
        self.number = number

    @asynccontextmanager
    async def wire(self) -> AsyncIterator[Wire]:
        """A connection that is closed at the end of the block."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.number)
        try:
            yield Wire(reader, writer)
        finally:
            writer.close()

    async def exchange(self, *pieces: bytes) -> Answer:
        """The answer to what is sent on a connection of its own."""
        async with self.wire() as wire:
            await wire.send(*pieces)
            return await wire.answer()

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self.server.server_state.connections)


@asynccontextmanager
async def listening(
    app: FastAPI, limits: Limits, stop_seconds: int = STOP_SECONDS, host: str = "127.0.0.1"
) -> AsyncIterator[Port]:
    """A server of the application, with these limits, at this address of the loopback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        config = configured(app, "127.0.0.1", 0, limits, stop_seconds=stop_seconds)
        server = Server(config, app.state.services.log_tail.close)
        task = asyncio.create_task(server.serve([listener]))
        try:
            yield Port(server, listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task


def application(services: Services, tokens: dict[str, str] | None = None, hosts: Hosts = LOCAL) -> FastAPI:
    """The API as a server has it."""
    app = bare_app(tokens or {}, hosts=hosts)
    app.state.services = services
    return app


def request(method: str, path: str, body: bytes = b"", *headers: str, framed: bool = True) -> bytes:
    """A request; `framed`: with the length of its body."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers]
    lines += [f"Content-Length: {len(body)}"] if framed and body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


VERSION = request("GET", "/v6/version/")
