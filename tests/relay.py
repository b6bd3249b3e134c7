"""A way to a server that can be cut, to see what goes on without it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.engine import URL, make_url

HOST = "127.0.0.1"
CHUNK_BYTES = 2**16


class Relay:
    """Listens on a port of its own and passes everything on to a server; `url` leads to it."""

    def __init__(self, server_url: str) -> None:
        self._target = make_url(server_url)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self.port = 0

    @property
    def url(self) -> str:
        """The server's URL by way of here."""
        through = self._target.set(host=HOST, port=self.port, query={})
        return through.render_as_string(hide_password=False)

    async def reconnect(self) -> None:
        """Let connections be made."""
        self._server = await asyncio.start_server(self._serve, HOST, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break all connections and refuse new ones. Idempotent."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._pass_on(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)
        await asyncio.wait([task])

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await _connect(self._target)
        try:
            ways = [asyncio.ensure_future(_copy(reader, server_writer)), asyncio.ensure_future(_copy(server_reader, writer))]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            for item in (writer, server_writer):
                item.transport.abort()


@asynccontextmanager
async def relay_to(database_url: str) -> AsyncIterator[Relay]:
    """A relay that works, until the end of the block."""
    relay = Relay(database_url)
    await relay.reconnect()
    yield relay
    await relay.cut()


async def _connect(target: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    directory = target.query.get("host")
    if isinstance(directory, str):
        return await asyncio.open_unix_connection(f"{directory}/.s.PGSQL.{target.query.get('port', 5432)}")
    return await asyncio.open_connection(target.host, target.port or 5432)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
