"""A server that speaks as much HTTP as a client of Elasticsearch needs in order to be turned away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = tuple[int, str]
HEAD = "HTTP/1.1 {} X\r\nX-Elastic-Product: Elasticsearch\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


@dataclass
class PickyServer:
    """Answers each request, by its path and its body, with a status and JSON; keeps what was asked."""

    answer: Callable[[str, bytes], Answer]
    url: str = ""
    heads: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        while (head := await self._head(reader)) is not None:
            self.heads.append(head)
            length = next((int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length: ")), 0)
            status, text = self.answer(head.split(" ")[1], await reader.readexactly(length))
            writer.write((HEAD.format(status, len(text)) + text).encode())
            await writer.drain()
        writer.close()

    @staticmethod
    async def _head(reader: asyncio.StreamReader) -> str | None:
        try:
            return (await reader.readuntil(b"\r\n\r\n")).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return None


@asynccontextmanager
async def serving(answer: Callable[[str, bytes], Answer]) -> AsyncIterator[PickyServer]:
    """The server, on a port of this machine."""
    picky = PickyServer(answer)
    server = await asyncio.start_server(picky.serve, "127.0.0.1", 0)
    picky.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield picky
