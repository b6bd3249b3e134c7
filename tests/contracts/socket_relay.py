"""A way to the socket of a container runtime that can be cut, or lose answers."""

import asyncio
import contextlib
from pathlib import Path


class SocketRelay:
    """Listens on a socket of its own and passes everything on to another one."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path = path
        self._target = target
        self.unanswered: bytes | None = None
        """Connections whose first request has this get no answer."""
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def connect(self) -> None:
        """Let connections be made."""
        self._server = await asyncio.start_unix_server(self._serve, self.path)

    async def cut(self) -> None:
        """Break all connections and refuse new ones. Idempotent."""
        if self._server is not None:
            self._server.close()
            self.path.unlink(missing_ok=True)
            self._server = None
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._target)
        request = await reader.read(2**16)
        if self.unanswered is not None and self.unanswered in request:
            there = asyncio.StreamReader()
        back.write(request)
        tasks = [asyncio.create_task(_pass_on(reader, back)), asyncio.create_task(_pass_on(there, writer))]
        self._connections.update(tasks)
        await asyncio.gather(*tasks, return_exceptions=True)
        self._connections.difference_update(tasks)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(2**16):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()
