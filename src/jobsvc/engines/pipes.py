"""Reads the output of a process from a pipe, no faster than its lines are taken."""

import asyncio
import os
from types import TracebackType
from typing import Self

from jobsvc.domain.status import Stream
from jobsvc.engines.lines import LineSplitter
from jobsvc.ports.engine import LogSink

_CHUNK_BYTES = 1 << 16
_GATHER_SECONDS = 0.002  # for a job that writes each line for itself: far fewer, larger pieces
FLUSH_SECONDS = 1.0
"""How long the beginning of a line waits for its end before it is passed on."""
_MAX_UNREAD = 1 << 20  # bytes, the largest pipe that Linux gives to an ordinary user


class OutputPipe:
    """A pipe of which this process holds the reading end and its child the writing end.

    Nothing is read ahead: while the lines wait for their sink, the pipe fills and the child waits as well.
    """

    def __init__(self) -> None:
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._wake = asyncio.Event()
        self._writers_gone = False
        self._unread = _MAX_UNREAD

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close_write_end()
        os.close(self._read_end)

    def close_write_end(self) -> None:
        """Let go of the writing end once the child has a copy, or the end of the pipe would never be seen."""
        if self.write_end >= 0:
            os.close(self.write_end)
            self.write_end = -1

    def no_more_writers(self) -> None:
        """Say that all writers who matter are gone: what the pipe holds is still read, nothing is waited for.

        Without it a process that left the group and kept the pipe open would hold up the execution's end.
        """
        self._writers_gone = True
        self._wake.set()

    async def pump(self, stream: Stream, logs: LogSink) -> None:
        """Pass every line to the sink until the pipe ends; what waits for its line end longer than a second as well."""
        lines = LineSplitter()
        loop = asyncio.get_running_loop()
        deadline: float | None = None
        while (chunk := await self._read(deadline)) != b"":
            whole = lines.feed(chunk) if chunk else []
            if not whole and deadline is not None and loop.time() >= deadline:
                whole, deadline = lines.flush(), None
            if whole:
                # At once, and all together: what was read is safe only in the sink.
                await logs.write(stream, whole)
                deadline = None
            if not lines.is_waiting:
                deadline = None
            elif deadline is None:
                deadline = loop.time() + FLUSH_SECONDS
            # Also a sink that never waits must not keep everything else from running.
            await asyncio.sleep(0 if chunk and len(chunk) == _CHUNK_BYTES else _GATHER_SECONDS)
        if rest := lines.finish():
            await logs.write(stream, rest)

    async def _read(self, deadline: float | None) -> bytes | None:
        """What is in the pipe, waiting for it until a time of the loop's clock; None then, and nothing at the end."""
        while self._unread > 0:
            try:
                chunk = os.read(self._read_end, _CHUNK_BYTES)
            except BlockingIOError:
                if self._writers_gone:
                    break
                if not await self._readable(deadline):
                    return None
            else:
                self._unread -= len(chunk) if self._writers_gone else 0
                return chunk
        return b""

    async def _readable(self, deadline: float | None) -> bool:
        loop = asyncio.get_running_loop()
        self._wake.clear()
        loop.add_reader(self._read_end, self._wake.set)
        try:
            async with asyncio.timeout_at(deadline):
                await self._wake.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self._read_end)
        return True
