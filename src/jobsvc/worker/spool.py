"""The spool of one execution: lines on this host that the log store does not have yet, in the order of their numbers.

It is a row of files. Each is removed when the store has what it holds, so that a job that writes for weeks does not
fill the disk, and what a dead worker left behind is stored again from the beginning of one file at most.
"""

import errno
import io
import os
from collections import deque
from pathlib import Path
from typing import BinaryIO

from jobsvc.worker.spool_records import SpoolHead

PART_BYTES = 16 * 2**20
HELD_BYTES = 2**20
"""Memory for lines that the disk does not take: what a job says about a full disk is what its user wants to read."""


class FilePart:
    """A file of the spool; what was appended outlives this process, but no crash of the host."""

    def __init__(self, path: Path, begin: bytes) -> None:
        """Make the file with its first bytes. OSError; then there is no file."""
        self.path = path
        self.size = 0
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            self.append(begin)
        except OSError:
            self.remove()
            raise

    def append(self, data: bytes) -> None:
        """Write all of it or nothing.

        Raises:
            OSError: The file system refuses.
        """
        written = os.write(self._file, data)
        if written < len(data):
            os.ftruncate(self._file, self.size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.size += written

    def open(self) -> BinaryIO:
        """The file to read from."""
        return self.path.open("rb")

    def close(self) -> None:
        """Write no more. Idempotent."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def remove(self) -> None:
        """The store has it."""
        self.close()
        self.path.unlink(missing_ok=True)


class LeftFile:
    """A file of a spool that nobody writes to any more."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __str__(self) -> str:
        return str(self._path)

    @property
    def size(self) -> int:
        """Bytes.

        Raises:
            OSError: The file system refuses.
        """
        return self._path.stat().st_size

    def open(self) -> BinaryIO:
        """The file to read from."""
        return self._path.open("rb")

    def remove(self) -> None:
        """The store has it."""
        self._path.unlink(missing_ok=True)


class MemoryPart:
    """The end of the spool while the disk does not take it."""

    def __init__(self, execution_id: int, begin: bytes) -> None:
        self.data = bytearray(begin)
        self._execution_id = execution_id

    def __str__(self) -> str:
        return f"{self._execution_id} in memory"

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    def open(self) -> BinaryIO:
        """A copy to read from."""
        return io.BytesIO(self.data)

    def close(self) -> None:
        """Nothing to close."""

    def remove(self) -> None:
        """Nothing to remove."""


class Spool:
    """Takes records at one end; at the other end is what the store has to get next."""

    def __init__(self, directory: Path, head: SpoolHead, limit: int) -> None:
        """`limit`: bytes that may wait for the store. Makes no file before there is something to keep."""
        self.head = head
        self.full_because = ""
        self._directory = directory
        self._limit = limit
        self._parts: deque[FilePart | MemoryPart] = deque()
        self._made = 0
        self._position = 0

    @property
    def waiting(self) -> int:
        """Bytes that the store has not got."""
        return sum(part.size for part in self._parts) - self._position

    @property
    def first(self) -> FilePart | MemoryPart | None:
        """The part that has to be stored first."""
        return self._parts[0] if self._parts else None

    @property
    def begun(self) -> dict[Path, int]:
        """The file of which the store has something, and up to where."""
        first = self.first
        return {first.path: self._position} if isinstance(first, FilePart) else {}

    def append(self, record: bytes, *, beyond_limit: bool = False) -> bool:
        """Keep a record; False, and `full_because`, when there is no room for it now."""
        if not beyond_limit and self.waiting and self.waiting + len(record) > self._limit:
            self.full_because = f"{self._limit >> 20} MiB were waiting for the log store already"
            return False
        return self._to_disk(record) or self._to_memory(record, beyond_limit=beyond_limit)

    def open_first(self) -> BinaryIO:
        """The part that has to be stored first, to read from."""
        return self._parts[0].open()

    def stored(self, position: int, *, ended: bool) -> bool:
        """Say up to where the store has the first part; whether that part is done with.

        It is, and is removed, when it has been stored to its end and nothing will be added.
        """
        self._position = position
        part = self._parts[0]
        if position < part.size or not (ended or part is not self._parts[-1] or not _takes_more(part)):
            return False
        self._parts.popleft().remove()
        self._position = 0
        return True

    def close(self) -> MemoryPart | None:
        """Write no more; what the store has not got stays in the directory, but for what the disk does not take."""
        for part in self._parts:
            part.close()
        last = self._parts[-1] if self._parts else None
        return last if isinstance(last, MemoryPart) and not self._saved(last) else None

    def _to_disk(self, record: bytes) -> bool:
        last = self._parts[-1] if self._parts else None
        try:
            if isinstance(last, MemoryPart):
                # What was held comes first; positions in it hold for the file, too.
                self._parts[-1] = self._new_file(bytes(last.data) + record)
            elif last and _takes_more(last):
                last.append(record)
            else:
                self._parts.append(self._new_file(self.head.pack() + record))
        except OSError as exc:
            self.full_because = f"the worker's disk did not take them ({exc.strerror})"
            return False
        return True

    def _to_memory(self, record: bytes, *, beyond_limit: bool) -> bool:
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, MemoryPart):
            self._parts.append(MemoryPart(self.head.execution_id, self.head.pack() + record))
        elif beyond_limit or last.size + len(record) <= HELD_BYTES:
            last.data += record
        else:
            return False
        return True

    def _saved(self, part: MemoryPart) -> bool:
        try:
            self._new_file(bytes(part.data)).close()
        except OSError:
            return False
        return True

    def _new_file(self, begin: bytes) -> FilePart:
        for part in self._parts:
            part.close()
        self._made += 1
        return FilePart(self._directory / f"{self.head.execution_id}.{self._made:06}", begin)


def _takes_more(part: FilePart | MemoryPart) -> bool:
    return isinstance(part, FilePart) and part.size < PART_BYTES
