"""How much room a directory takes that its job still writes to, and where it may do whatever it likes meanwhile."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISDIR

MOST_STEPS = 200_000
"""Entries and openings of directories, for about half a second."""
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_BLOCK = 512
"""Bytes, whatever the file system has."""


@dataclass(frozen=True)
class _Below:
    """A directory by its name in another one (None: in the one that is measured), so that deep ones have no long paths."""

    above: "_Below | None"
    name: str

    @property
    def names(self) -> list[str]:
        """The names from the measured directory on."""
        names = []
        item: _Below | None = self
        while item:
            names.append(item.name)
            item = item.above
        return names[::-1]


def tree_size(directory: Path) -> int:
    """Bytes that everything below it takes on the disk; 0 when it is not there. Blocks.

    No link is followed, holes count for nothing, and a file with several names counts once. What the worker may not read
    and what vanishes meanwhile is left out. Of a very large tree it is what `MOST_STEPS` steps came across.
    """
    try:
        root = os.open(directory, _DIRECTORY)
    except OSError:
        return 0
    try:
        return _size(root)
    finally:
        os.close(root)


def _size(root: int) -> int:
    size = steps = 0
    several_names: set[int] = set()
    # A stack and no recursion, and one descriptor at a time: a job chooses how deep its directories are.
    waiting: list[_Below | None] = [None]
    while waiting:
        below = waiting.pop()
        names = below.names if below else []
        steps += len(names)
        for name, facts in _entries(root, names):
            steps += 1
            if steps > MOST_STEPS:
                return size
            if S_ISDIR(facts.st_mode):
                waiting.append(_Below(below, name))
            elif facts.st_nlink > 1:
                if facts.st_ino in several_names:
                    continue
                several_names.add(facts.st_ino)
            size += facts.st_blocks * _BLOCK
    return size


def _entries(root: int, names: list[str]) -> Iterator[tuple[str, os.stat_result]]:
    with suppress(OSError), _opened(root, names) as directory, os.scandir(directory) as entries:
        for entry in entries:
            with suppress(OSError):
                yield entry.name, entry.stat(follow_symlinks=False)


@contextmanager
def _opened(root: int, names: list[str]) -> Iterator[int]:
    """A directory, opened step by step and never through a link. OSError."""
    descriptor = os.dup(root)
    try:
        for name in names:
            above = descriptor
            descriptor = os.open(name, _DIRECTORY, dir_fd=above)
            os.close(above)
        yield descriptor
    finally:
        os.close(descriptor)
