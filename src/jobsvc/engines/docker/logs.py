"""Reads the log of a container, which comes as frames: the stream's number, three zeros, the length, a time and the bytes.

A log that is followed is not whole with every runtime: Podman's loses lines of a container that writes fast or ends. So
following only says that there is something, and what it is comes from a plain read from the last known second on.

Podman's log is a file that its monitor writes while others read, at most 42 lines and the head of another one at a time. So the
last line of a read may be cut off, which its frame does not show: it is held back until it is known to be whole.
"""

import asyncio
import contextlib
import struct
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp
from aiodocker import Docker, DockerError
from aiohttp import ClientResponse, StreamReader

from jobsvc.domain.iso8601 import read_timestamp
from jobsvc.domain.status import Stream
from jobsvc.engines.docker.last_frame import SETTLE_SECONDS, FindFile, LastFrame
from jobsvc.engines.events import first_of
from jobsvc.engines.growth import Growth
from jobsvc.ports.remote_engine import EngineUnavailable, LogChunk

HEADER = struct.Struct(">BxxxL")
STDERR = 2
MILLISECONDS = len("2026-01-01T00:00:00.000")
LEAST_PAUSE = 0.1
"""Seconds between two reads of one log."""
FIRST_PAUSE, FIRST_SECONDS = 0.02, 2.0
"""The same while a log is young, and for how long it is: who has just submitted a job waits for its first line."""
REST = 2
"""Times as long as a read took, the log rests: runtimes look through all of it."""
LONGEST_PAUSE, LONGEST_WATCHED = 60.0, 600.0
"""Seconds until a log is read though nothing was announced, and though its file did not change either."""
AGAIN_SECONDS = 1.0
PODMAN = "Libpod-Api-Version"
"""A header of its answers."""


class Reading:
    """A log that is read piece by piece: each read goes on where the last one ended."""

    def __init__(self, docker: Docker, container_id: str, find_file: FindFile) -> None:
        self._docker = docker
        self._container_id = container_id
        self._counts: Counter[int] = Counter()
        """How many frames were read, by the second of their time."""
        self._last = LastFrame(find_file)

    @property
    def is_holding(self) -> bool:
        """Whether the last read had a frame that another one has to show to be whole."""
        return self._last.frame is not None

    async def new(self, *, is_over: bool) -> AsyncGenerator[LogChunk, None]:
        """What came since the last read; EngineUnavailable when it breaks off. `is_over`: nothing more is written."""
        # Two streams are dated apart, so the second before the last may still get a line.
        first = max(self._counts, default=0) - 1
        known = sum(count for second, count in self._counts.items() if second >= first)
        # One second more: whether `since` is included differs.
        params = {"stdout": "true", "stderr": "true", "timestamps": "true", "since": str(max(0, first - 1))}
        held: list[LogChunk] = []
        await self._last.begin()
        async with _logs(self._docker, self._container_id, params) as response:
            self._last.may_be_cut = PODMAN in response.headers
            holds = self._last.may_be_cut and not is_over
            async for frames in read_frames(response.content):
                fresh = [frame for frame in frames if int(frame.time.timestamp()) >= first]
                fresh, known = fresh[known:], max(0, known - len(fresh))
                fresh = held + fresh
                held = [fresh.pop()] if fresh and holds else []
                for chunk in self._taken(fresh):
                    yield chunk
        for chunk in self._taken(await self._last.whole(held)):
            yield chunk
        self._counts = Counter({second: count for second, count in self._counts.items() if second >= first})

    def _taken(self, frames: list[LogChunk]) -> Iterator[LogChunk]:
        self._counts.update(int(frame.time.timestamp()) for frame in frames)
        for (stream, time), group in groupby(frames, key=lambda frame: (frame.stream, frame.time)):
            yield LogChunk(stream, b"".join(frame.data for frame in group), time)


async def follow(
    docker: Docker, container_id: str, over: asyncio.Event, growth: Growth, find_file: FindFile
) -> AsyncGenerator[LogChunk, None]:
    """All that a container has written and writes until it is over."""
    loop = asyncio.get_running_loop()
    reading, pause, first_until = Reading(docker, container_id, find_file), FIRST_PAUSE, loop.time() + FIRST_SECONDS
    watched: Path | None = None
    async with _announced(docker, container_id) as came, contextlib.AsyncExitStack() as watching:
        while True:
            came.clear()
            is_over, begin, is_idle = over.is_set(), loop.time(), True
            async with contextlib.aclosing(reading.new(is_over=is_over)) as chunks:
                async for chunk in chunks:
                    is_idle = False
                    yield chunk
            if is_over and is_idle:
                return
            if not is_over:
                is_young = begin < first_until
                least = FIRST_PAUSE if is_young else LEAST_PAUSE
                await first_of(over, within=least if is_young else max(least, REST * (loop.time() - begin)))
                if watched is None and not is_young and (watched := await find_file()):
                    watching.enter_context(growth.watching(watched, came=came))
                longest = SETTLE_SECONDS if reading.is_holding else LONGEST_PAUSE
                pause = min(longest, 2 * pause) if is_idle else least
                is_announced = is_idle and watched and not reading.is_holding
                await first_of(came, over, within=LONGEST_WATCHED if is_announced else pause)


@contextlib.asynccontextmanager
async def _announced(docker: Docker, container_id: str) -> AsyncIterator[asyncio.Event]:
    """An event that is set whenever the container writes something, and when it ends."""
    came = asyncio.Event()
    task = asyncio.create_task(_announce(docker, container_id, came))
    try:
        yield came
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _announce(docker: Docker, container_id: str, came: asyncio.Event) -> None:
    params = {"stdout": "true", "stderr": "true", "follow": "true", "tail": "0"}
    while True:
        with contextlib.suppress(aiohttp.ClientError, OSError, DockerError):
            async with _logs(docker, container_id, params) as response:
                async for _ in response.content.iter_any():
                    came.set()
        came.set()
        await asyncio.sleep(AGAIN_SECONDS)


@contextlib.asynccontextmanager
async def _logs(docker: Docker, container_id: str, params: dict[str, Any]) -> AsyncIterator[ClientResponse]:
    # The library's own reader drops the number of the stream.
    async with docker._query(f"containers/{container_id}/logs", params=params, timeout=None) as response:  # noqa: SLF001
        try:
            yield response
        finally:
            response.close()


async def read_frames(reader: StreamReader) -> AsyncGenerator[list[LogChunk], None]:
    """The frames of a log, as many as came at once; EngineUnavailable when it ends inside of one."""
    rest = b""
    while data := await reader.readany():
        rest += data
        frames, position = [], 0
        while len(rest) - position >= HEADER.size:
            number, length = HEADER.unpack_from(rest, position)
            begin, end = position + HEADER.size, position + HEADER.size + length
            if end > len(rest):
                break
            stamp, _, text = rest[begin:end].partition(b" ")
            frames.append(LogChunk(Stream.STDERR if number == STDERR else Stream.STDOUT, text, _time(stamp)))
            position = end
        rest = rest[position:]
        yield frames
    if rest:
        raise EngineUnavailable("the log broke off")


def _time(stamp: bytes) -> datetime:
    """The time of a frame in milliseconds, so that lines that came at once have one."""
    return _milliseconds(stamp[:MILLISECONDS].rstrip(b"Z") + b"Z" if stamp.endswith(b"Z") else stamp)


@lru_cache(maxsize=64)
def _milliseconds(stamp: bytes) -> datetime:
    time = read_timestamp(stamp.decode())
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
