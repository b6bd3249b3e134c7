"""Carries connections from one address to another, `HOST:PORT` or the path of a socket: the way between two networks.

`python carry.py FROM TO`, with nothing but the standard library.
"""

import asyncio
import sys

CHUNK_BYTES = 2**16


async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Pass on what comes, and its end."""
    try:
        while data := await source.read(CHUNK_BYTES):
            target.write(data)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()


async def main(listening: str, leading: str) -> None:
    """Serve for good."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if leading.startswith("/"):
            answers, asks = await asyncio.open_unix_connection(leading)
        else:
            host, _, port = leading.rpartition(":")
            answers, asks = await asyncio.open_connection(host, int(port))
        await asyncio.gather(carry(reader, asks), carry(answers, writer))

    if listening.startswith("/"):
        server: asyncio.Server = await asyncio.start_unix_server(serve, listening)
    else:
        host, _, port = listening.rpartition(":")
        server = await asyncio.start_server(serve, host, int(port))
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
