"""Files that imports read and exports write: by name, `-` for the standard streams, compressed or not."""

import gzip
import io
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

STANDARD = "-"
GZIP_MAGIC = b"\x1f\x8b"
GZIP_SUFFIX = ".gz"
GZIP_LEVEL = 6


@dataclass(frozen=True)
class Source:
    """An open file: its content, decompressed, and how much of it was read."""

    content: BinaryIO
    raw: BinaryIO
    size: int | None
    """Bytes of the file itself, None for a pipe."""

    def position(self) -> int:
        """Bytes of the file itself that were read so far."""
        return self.raw.tell() if self.size is not None else 0


@contextmanager
def source(name: str) -> Iterator[Source]:
    """Open a file to read; what is compressed is known by its content.

    Raises:
        OSError: The file system refuses.
    """
    with _opened(name) as raw:
        status = os.fstat(raw.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        yield Source(_decompressed(raw), raw, size)


@contextmanager
def target(name: str) -> Iterator[BinaryIO]:
    """Open a file to write, compressed if its name ends in `.gz`: there is a whole one at the end of the block, or none.

    Only the user can read it.

    Raises:
        OSError: The file system refuses.
    """
    path = Path(name)
    if name == STANDARD:
        yield sys.stdout.buffer
    elif path.exists() and not path.is_file():
        with path.open("wb") as device:
            yield device
    else:
        with _replacing(path) as file, _compressed(file, path) as content:
            yield content


@contextmanager
def _opened(name: str) -> Iterator[io.BufferedReader]:
    if name == STANDARD:
        # Neither `sys.stdin` nor closed: both would wait for whoever reads, and so for a silent pipe, before the process ends.
        yield os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    else:
        with Path(name).open("rb") as file:
            yield file


def _decompressed(raw: io.BufferedReader) -> BinaryIO:
    if raw.peek(len(GZIP_MAGIC))[: len(GZIP_MAGIC)] != GZIP_MAGIC:
        return raw
    return io.BufferedReader(cast("io.RawIOBase", gzip.open(raw)), buffer_size=2**18)


@contextmanager
def _compressed(file: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    if path.suffix != GZIP_SUFFIX:
        yield file
        return
    # Without name and time in it: the same data make the same file.
    with gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0) as compressed:
        yield cast("BinaryIO", compressed)


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    descriptor, part = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
