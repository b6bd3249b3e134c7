"""Passes the log of a run on, from its first byte; whoever takes the run over cuts and numbers the lines alike."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from datetime import datetime

import structlog

from jobsvc.domain.status import Stream
from jobsvc.engines.lines import LineSplitter
from jobsvc.engines.remote.run_dir import RunDir
from jobsvc.ports.engine import LogSink
from jobsvc.ports.remote_engine import EngineUnavailable, LogChunk, RemoteEngine

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 1.0
FLUSH_SECONDS = 1.0
"""How long the end of a line is waited for before its beginning is passed on."""


async def pass_on(engine: RemoteEngine, handle: str, directory: RunDir, sink: LogSink, over: asyncio.Event) -> None:
    """Every line of both streams until the run is over; waits for an engine that is away.

    A log that breaks off is read again from its beginning; what came before is dropped, byte by byte.
    """
    passing = _Passing(directory, sink, await asyncio.to_thread(directory.splits))
    while True:
        passing.rewind()
        try:
            async with aclosing(engine.logs(handle, over)) as chunks, aclosing(_paced(chunks, passing.seconds_left)) as paced:
                async for chunk in paced:
                    await (passing.split() if chunk is None else passing.take(chunk))
            break
        except EngineUnavailable as exc:
            log.warning("engine.log_interrupted", engine=engine.name, handle=handle, problem=str(exc))
            await asyncio.sleep(AGAIN_SECONDS)
    await passing.finish()


class _Passing:
    """Cuts a log into lines. Where a line was passed on without its end is noted, so that others cut it there, too."""

    def __init__(self, directory: RunDir, sink: LogSink, splits: list[int]) -> None:
        """`splits` are positions in the whole log, in bytes of both streams together."""
        self._directory = directory
        self._sink = sink
        self._splits = splits
        self._splitters = {stream: LineSplitter() for stream in Stream}
        self._position = 0
        self._taken = 0
        self._time: datetime | None = None
        self._deadline: float | None = None

    def rewind(self) -> None:
        """The log comes again from its first byte."""
        self._position = 0

    def seconds_left(self) -> float | None:
        """Seconds until what waits for its line end is to be passed on; None when nothing waits."""
        return None if self._deadline is None else max(0.0, self._deadline - asyncio.get_running_loop().time())

    async def take(self, chunk: LogChunk) -> None:
        """Pass on the lines that are complete now."""
        new = chunk.data[max(0, self._taken - self._position) :]
        self._position += len(chunk.data)
        if not new:
            return
        self._time = chunk.time
        end = self._taken + len(new)
        while self._splits and self._splits[0] <= end:
            cut = self._splits.pop(0) - self._taken
            await self._feed(chunk.stream, new[:cut])
            await self._flush()
            new = new[cut:]
        await self._feed(chunk.stream, new)
        if not self._is_waiting():
            self._deadline = None
        elif self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + FLUSH_SECONDS

    async def split(self) -> None:
        """Pass on what waits for its line end."""
        self._deadline = None
        await asyncio.to_thread(self._directory.record_split, self._taken)
        await self._flush()

    async def finish(self) -> None:
        """Pass on what never got its line end."""
        for stream, splitter in self._splitters.items():
            if rest := splitter.finish():
                await self._sink.write(stream, rest, self._time)

    async def _feed(self, stream: Stream, data: bytes) -> None:
        self._taken += len(data)
        if lines := self._splitters[stream].feed(data):
            await self._sink.write(stream, lines, self._time)

    async def _flush(self) -> None:
        for stream, splitter in self._splitters.items():
            if lines := splitter.flush():
                await self._sink.write(stream, lines, self._time)

    def _is_waiting(self) -> bool:
        return any(splitter.is_waiting for splitter in self._splitters.values())


async def _paced(
    chunks: AsyncGenerator[LogChunk, None], seconds_left: Callable[[], float | None]
) -> AsyncGenerator[LogChunk | None, None]:
    """The chunks, and None whenever none came for as long as `seconds_left` says."""
    coming: asyncio.Task[LogChunk | None] | None = None
    try:
        while True:
            if coming is None and seconds_left() is None:
                chunk = await anext(chunks, None)
                if chunk is None:
                    return
                yield chunk
                continue
            coming = coming or asyncio.create_task(_next(chunks))
            if not (await asyncio.wait({coming}, timeout=seconds_left()))[0]:
                yield None
                continue
            chunk, coming = coming.result(), None
            if chunk is None:
                return
            yield chunk
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)


async def _next(chunks: AsyncGenerator[LogChunk, None]) -> LogChunk | None:
    return await anext(chunks, None)
