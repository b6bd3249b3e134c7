"""Copies files as they are: holes stay holes, and file systems that can share the bytes do."""

import errno
import os
from collections.abc import Callable, Iterator

_AT_ONCE = 64 << 20
_CANNOT = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.ETXTBSY})
"""What the kernel says when it cannot copy by itself between two files."""


def copy(source: int, target: int, check: Callable[[], None] = lambda: None) -> int:
    """Copy a regular file into an empty oneand return its size in bytes.

    Takes as much as the file had in the beginning. Blocks; `check` is called meanwhile.

    Raises:
        OSError: The file system refuses.
    """
    size = os.fstat(source).st_size
    for begin, end in _written(source, size):
        position = begin
        while position < end:
            check()
            taken = _copy_some(source, target, position, min(_AT_ONCE, end - position))
            if not taken:
                raise OSError(errno.EIO, "the file became shorter while it was copied")
            position += taken
    os.ftruncate(target, size)
    return size


def _written(source: int, size: int) -> Iterator[tuple[int, int]]:
    """The parts of a file that are no holes."""
    end = 0
    while end < size:
        try:
            begin = os.lseek(source, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # the rest is a hole
                return
            raise
        end = min(os.lseek(source, begin, os.SEEK_HOLE), size)
        if begin < end:
            yield begin, end


def _copy_some(source: int, target: int, position: int, length: int) -> int:
    try:
        if taken := os.copy_file_range(source, target, length, position, position):
            return taken
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
    content = os.pread(source, min(length, 1 << 20), position)
    return os.pwrite(target, content, position)
