"""What a run leaves in the directory that worker and cluster share: how it went, and its growing log."""

import asyncio
import re
import struct
import time
from collections.abc import AsyncGenerator, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jobsvc.domain.iso8601 import read_timestamp
from jobsvc.domain.status import Stream
from jobsvc.engines.events import first_of
from jobsvc.engines.growth import Growth
from jobsvc.engines.slurm.script import ENDED, STARTED, STDERR, STDOUT
from jobsvc.ports.remote_engine import LogChunk

CHUNK = 1 << 16
RECORD = struct.Struct(">BId")
"""The stream's number, how many bytes of it were read, and when in seconds since 1970."""
STREAMS = (Stream.STDOUT, Stream.STDERR)
NAMES = {Stream.STDOUT: STDOUT, Stream.STDERR: STDERR}


@dataclass(frozen=True)
class Started:
    """When a run began, and at which node."""

    time: datetime
    node: str


@dataclass(frozen=True)
class Ended:
    """How a run ended, and the seconds of processors that it and its children used."""

    exit_code: int
    time: datetime
    cpu_seconds: float | None


def read_started(directory: Path) -> Started | None:
    """How a run began; None while it has not."""
    fields = _fields(directory / STARTED)
    return Started(read_timestamp(fields[0]), fields[1]) if fields else None


def read_ended(directory: Path) -> Ended | None:
    """How a run ended; None while it has not."""
    fields = _fields(directory / ENDED)
    return Ended(int(fields[0]), read_timestamp(fields[1]), _cpu_seconds(fields[2:])) if fields else None


class Notes:
    """The notes of all runs, which are read again only where a file was made since."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._known: dict[str, tuple[int, Started | None, Ended | None]] = {}

    def read(self, handle: str, *, is_final: bool) -> tuple[Started | None, Ended | None]:
        """How a run began and ended. `is_final`: nothing will be noted later, so that it is read in any case. Blocks."""
        directory = self._runs / handle
        try:
            changed = directory.stat().st_mtime_ns
        except OSError:
            return None, None
        known = self._known.get(handle)
        if known is None or known[0] != changed or is_final:
            known = self._known[handle] = (changed, read_started(directory), read_ended(directory))
        return known[1:]

    def has_begun(self, handle: str) -> bool:
        """Whether a run has. Blocks."""
        return self.read(handle, is_final=False)[0] is not None

    def keep(self, handles: Collection[str]) -> None:
        """Drop all others."""
        self._known = {handle: known for handle, known in self._known.items() if handle in handles}


def _cpu_seconds(fields: list[str]) -> float | None:
    """What the shell's `times` says of its children: `1m2.5s 0m0.1s`."""
    parts = [re.fullmatch(r"(\d+)m([\d.]+)s", field) for field in fields]
    return sum(60 * int(part[1]) + float(part[2]) for part in parts if part) if any(parts) else None


def _fields(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


class Journal:
    """In which sequence the two files of a log were read, so that whoever reads them again does so alike."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> list[tuple[Stream, int, datetime]]:
        """What was read so far; a record that was cut off is none."""
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            return []
        whole = content[: len(content) - len(content) % RECORD.size]
        if len(whole) != len(content):
            self._path.write_bytes(whole)
        return [(STREAMS[number], size, datetime.fromtimestamp(at, UTC)) for number, size, at in RECORD.iter_unpack(whole)]

    def append(self, stream: Stream, size: int) -> datetime:
        """Note that so many bytes were read, before they are passed on; returns when."""
        at = time.time()
        with self._path.open("ab") as file:
            file.write(RECORD.pack(STREAMS.index(stream), size, at))
        return datetime.fromtimestamp(at, UTC)


async def follow(directory: Path, over: asyncio.Event, growth: Growth) -> AsyncGenerator[LogChunk, None]:
    """Everything that a run writes; ends when nothing more came after it was over."""
    journal = Journal(directory / "log.journal")
    position = dict.fromkeys(STREAMS, 0)
    for stream, size, at in await asyncio.to_thread(journal.read):
        data = await asyncio.to_thread(_read, directory / NAMES[stream], position[stream], size)
        position[stream] += len(data)
        yield LogChunk(stream, data, at)
    with growth.watching(directory, *(directory / name for name in NAMES.values())) as came:
        while True:
            came.clear()
            is_over, is_idle = over.is_set(), True
            for stream in STREAMS:
                while data := await asyncio.to_thread(_read, directory / NAMES[stream], position[stream], CHUNK):
                    at = await asyncio.to_thread(journal.append, stream, len(data))
                    position[stream] += len(data)
                    is_idle = False
                    yield LogChunk(stream, data, at)
            if is_over and is_idle:
                return
            if not is_over:
                await first_of(came, over)


def _read(path: Path, position: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(position)
            return file.read(size)
    except FileNotFoundError:
        return b""
