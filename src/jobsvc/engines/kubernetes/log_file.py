"""The log of a run as the cluster gives it, with the time of each line, in a file of the run's own directory.

The cluster drops the beginning of a long log, and gives it from whole seconds on. So what was read is kept: whoever takes
the run over has the same bytes, and only asks for what came since. Several workers write the same bytes to the same places.
"""

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import structlog

from jobsvc.engines.kubernetes.log_lines import Cutter, Piece, chunks
from jobsvc.ports.remote_engine import LogChunk

log = structlog.get_logger(__name__)
NAME = "log"
READ_BYTES = 1 << 20
OVERLAP_SECONDS = 2
"""Two streams are dated apart: a line may come behind one that is younger."""


class LogFile:
    """What was read of one log, and what of the rest is new. Its methods block."""

    def __init__(self, directory: Path, most_bytes: int) -> None:
        """`most_bytes`: what comes behind them is passed on, and kept for nobody."""
        self._path = directory / NAME
        self._most_bytes = most_bytes
        self._size = 0
        self._cutter = Cutter()
        self._known: dict[int, Counter[bytes]] = {}
        """Times of the last lines, by their second."""
        self._since = 0
        """What is older is known."""
        self._again: Counter[bytes] = Counter()
        """How many lines of a time are to come that are known."""
        self._open: tuple[bytes, int] | None = None
        """A line that has no end yet: its time, and how many bytes of it have come."""
        self._skip: int | None = 0
        """How many bytes of the line that comes are known; None: all of them."""

    @property
    def is_in_a_line(self) -> bool:
        """Whether the end of the last line has not come."""
        return self._open is not None

    def kept(self) -> Iterator[list[LogChunk]]:
        """What was read so far, by whomever. OSError."""
        self._cutter = Cutter()
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return
        with file:
            while data := file.read(READ_BYTES):
                self._size += len(data)
                yield chunks(self._fresh(self._cutter.cut(data)))
                self._drop_old()
        # A time that was cut off comes as a whole.
        self._size -= len(self._cutter.head)

    def begin(self) -> datetime | None:
        """Expect the log from the time that is returned on, which is a whole second; None: from its beginning."""
        self._cutter, self._skip = Cutter(), 0
        self._drop_old()
        self._again = sum(self._known.values(), Counter())
        self._since = min(self._known, default=0)
        return datetime.fromtimestamp(self._since, UTC) if self._known else None

    def take(self, data: bytes) -> list[LogChunk]:
        """What is new of this."""
        fresh = list(self._fresh(self._cutter.cut(data)))
        self._keep(fresh)
        return chunks(fresh)

    def _fresh(self, pieces: list[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            if piece.is_first:
                is_new = not self._is_known(piece)
                is_open = not is_new and self._open is not None and self._open[0] == piece.stamp and not self._again[piece.stamp]
                self._skip = 0 if is_new else self._open[1] if is_open and self._open else None
                if is_new and self._open:
                    # The cluster has lost the rest of that line.
                    yield Piece(self._open[0], b"\n", is_first=False)
                    self._open = None
            if self._skip is None:
                continue
            data, self._skip = piece.data[self._skip :], max(0, self._skip - len(piece.data))
            if data or self._open is None:
                yield self._noted(piece.stamp, data)

    def _noted(self, stamp: bytes, data: bytes) -> Piece:
        is_first, before = self._open is None, self._open[1] if self._open else 0
        self._open = None if data.endswith(b"\n") else (stamp, before + len(data))
        return Piece(stamp, data, is_first)

    def _is_known(self, piece: Piece) -> bool:
        """Whether a line that begins was there before, or has begun then."""
        if piece.second < self._since:
            return True
        if self._again[piece.stamp]:
            self._again[piece.stamp] -= 1
            return True
        self._known.setdefault(piece.second, Counter())[piece.stamp] += 1
        return False

    def _drop_old(self) -> None:
        first = max(self._known, default=0) - OVERLAP_SECONDS
        self._known = {second: stamps for second, stamps in self._known.items() if second >= first}

    def _keep(self, fresh: list[Piece]) -> None:
        content = b"".join(piece.stamp + b" " + piece.data if piece.is_first else piece.data for piece in fresh)
        if not content or self._size >= self._most_bytes:
            return
        try:
            with closing(_Positioned(self._path)) as file:
                file.write(self._size, content)
        except OSError as exc:
            # Nothing behind a gap may be kept.
            self._most_bytes = 0
            log.warning("kubernetes.log_not_kept", problem=str(exc), path=str(self._path))
        else:
            self._size += len(content)


class _Positioned:
    """A file that several write to, all of them the same."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def write(self, position: int, content: bytes) -> None:
        """Write all of it at this position."""
        while content:
            count = os.pwrite(self._descriptor, content, position)
            position, content = position + count, content[count:]

    def close(self) -> None:
        """Let go of it."""
        os.close(self._descriptor)
