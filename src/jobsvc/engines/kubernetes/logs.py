"""Follows the log of a pod: what was read before, and then what the cluster says, from where that ended."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from http import HTTPStatus

import aiohttp

from jobsvc.engines.events import first_of
from jobsvc.engines.kubernetes.cluster import Cluster, Refused
from jobsvc.engines.kubernetes.log_file import LogFile
from jobsvc.engines.kubernetes.records import CONTAINER
from jobsvc.ports.remote_engine import EngineUnavailable, LogChunk

SILENCE_SECONDS = 300.0
"""A log that says nothing for longer is asked for once more: the connection may be dead."""
LAST_SECONDS = 5.0
"""How long a log that is over, as far as the cluster says, may still be silent."""
AGAIN_SECONDS = 0.5
TOGETHER_SECONDS = 0.03
QUIET_READS, QUIET_READS_IN_A_LINE = 2, 10
"""A container can be over before its node has written down all that it said: so often nothing new has to come, and so often when
what came ends within a line."""
QUIET_SECONDS = 0.3


class Log:
    """The log of one pod. `is_readable` says whether its node can be expected to answer."""

    def __init__(self, cluster: Cluster, path: str, file: LogFile, is_readable: Callable[[], bool]) -> None:
        self._cluster = cluster
        self._path = path
        self._file = file
        self._is_readable = is_readable

    async def follow(self, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        """All that comes until it is over. EngineUnavailable when it breaks off."""
        quiet_reads = 0
        while True:
            is_over, is_idle = over.is_set(), True
            try:
                async with aclosing(self._read(over)) as chunks:
                    async for chunk in chunks:
                        is_idle = False
                        yield chunk
            except Refused as exc:
                # The container has not begun, or there is none any more.
                if exc.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
                    raise EngineUnavailable(f"the log cannot be read: {exc.message}") from exc
            except EngineUnavailable:
                if over.is_set() and not self._is_readable():
                    return
                raise
            quiet_reads = quiet_reads + 1 if is_over and is_idle else 0
            if quiet_reads >= (QUIET_READS_IN_A_LINE if self._file.is_in_a_line else QUIET_READS):
                return
            if is_over:
                await asyncio.sleep(QUIET_SECONDS)
            elif not over.is_set():
                await first_of(over, within=AGAIN_SECONDS)

    async def _read(self, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        since = await asyncio.to_thread(self._file.begin)
        is_over = over.is_set()
        params = {"container": CONTAINER, "timestamps": "true"} | ({} if is_over else {"follow": "true"})
        if since is not None:
            params["sinceTime"] = since.strftime("%Y-%m-%dT%H:%M:%SZ")
        async with self._cluster.stream(self._path, params, LAST_SECONDS if is_over else SILENCE_SECONDS) as content:
            while data := await _data(content, over):
                for chunk in await asyncio.to_thread(self._file.take, data):
                    yield chunk


async def _data(content: aiohttp.StreamReader, over: asyncio.Event) -> bytes:
    """What comes next; nothing at its end. EngineUnavailable when neither comes of a run that is over."""
    reading, waiting = asyncio.create_task(content.readany()), asyncio.create_task(over.wait())
    try:
        await asyncio.wait({reading, waiting}, return_when=asyncio.FIRST_COMPLETED)
        done, _ = await asyncio.wait({reading}, timeout=LAST_SECONDS)
        if not done:
            raise EngineUnavailable("the log of a run that is over does not come to its end")
        data = reading.result()
    finally:
        reading.cancel()
        waiting.cancel()
        await asyncio.gather(reading, waiting, return_exceptions=True)
    if not data or content.at_eof():
        return data
    # The node sends each line by itself: what comes at once is taken at once.
    await asyncio.sleep(TOGETHER_SECONDS)
    return data + content.read_nowait()
