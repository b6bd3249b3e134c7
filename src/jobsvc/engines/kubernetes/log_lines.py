"""Cuts the log of a container, as the cluster gives it, into lines with their times."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from jobsvc.domain.iso8601 import read_timestamp
from jobsvc.domain.status import Stream
from jobsvc.ports.remote_engine import LogChunk

_SECONDS, _MILLISECONDS, _NANOSECONDS = (
    len("2026-01-01T00:00:00"),
    len("2026-01-01T00:00:00.000"),
    len("2026-01-01T00:00:00.000000000"),
)


class Piece(NamedTuple):
    """A line or a part of one, with its end if that has come; `stamp` is the time of its beginning, as the cluster says it."""

    stamp: bytes
    data: bytes
    is_first: bool

    @property
    def second(self) -> int:
        """The time of the line, in whole seconds of the epoch."""
        return _second(self.stamp[:_SECONDS] + self.stamp[_NANOSECONDS:])


class Cutter:
    """Takes bytes as they come. What has no time is not the job's: the node says so why it cannot give more."""

    def __init__(self) -> None:
        self._stamp: bytes | None = None
        self.head = b""
        """The beginning of a line whose time has not come as a whole."""

    def cut(self, data: bytes) -> list[Piece]:
        """The pieces that these bytes complete, or go on with."""
        *lines, rest = (self.head + data).split(b"\n")
        self.head = b""
        pieces = [piece for line in lines if (piece := self._piece(line + b"\n"))]
        if rest and (self._stamp is not None or b" " in rest):
            if piece := self._piece(rest):
                pieces.append(piece)
        else:
            self.head = rest
        return pieces

    def _piece(self, text: bytes) -> Piece | None:
        stamp, is_first = self._stamp, self._stamp is None
        if stamp is None:
            stamp, _, text = text.partition(b" ")
        self._stamp = None if text.endswith(b"\n") or not _is_time(stamp) else stamp
        return Piece(stamp, text, is_first) if _is_time(stamp) else None


def chunks(pieces: Iterable[Piece]) -> list[LogChunk]:
    """The same as chunks: what came within a millisecond is one. The cluster does not tell the two streams apart."""
    grouped = groupby(pieces, key=lambda piece: piece.stamp[:_MILLISECONDS] + piece.stamp[_NANOSECONDS:])
    joined = ((stamp, b"".join(piece.data for piece in group)) for stamp, group in grouped)
    return [LogChunk(Stream.STDOUT, data, _time(stamp)) for stamp, data in joined if data]


def _is_time(stamp: bytes) -> bool:
    return len(stamp) > _NANOSECONDS and stamp[10:11] == b"T" and stamp[:4].isdigit()


@lru_cache(maxsize=64)
def _time(stamp: bytes) -> datetime:
    return read_timestamp(stamp.decode())


@lru_cache(maxsize=64)
def _second(stamp: bytes) -> int:
    return int(read_timestamp(stamp.decode()).timestamp())
