"""Passes connections on: `LISTEN=TARGET` for each way, an address being `HOST:PORT` or the path of a socket.

Run in pods by the text of this file, so it imports nothing but the standard library.
"""

import asyncio
import contextlib
import sys
from asyncio import StreamReader, StreamWriter
from pathlib import Path

CHUNK_BYTES = 2**16


async def copy(reader: StreamReader, writer: StreamWriter) -> None:
    """Pass on until there is no more."""
    with contextlib.suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()


async def connect(target: str) -> tuple[StreamReader, StreamWriter]:
    """A connection to an address."""
    if target.startswith("/"):
        return await asyncio.open_unix_connection(target)
    host, _, port = target.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def listen(way: str) -> asyncio.Server:
    """Open one way."""
    address, _, target = way.partition("=")

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            their_reader, their_writer = await connect(target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(copy(reader, their_writer), copy(their_reader, writer))

    if address.startswith("/"):
        Path(address).unlink(missing_ok=True)
        return await asyncio.start_unix_server(serve, address)
    host, _, port = address.rpartition(":")
    return await asyncio.start_server(serve, host, int(port))


async def main() -> None:
    """Keep all ways open."""
    servers = [await listen(way) for way in sys.argv[1:]]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(main())
