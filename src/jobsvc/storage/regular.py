"""Opens regular files and nothing else: never waits for the other end of a FIFO, never touches a device for good."""

import errno
import os
from pathlib import Path
from stat import S_ISREG

_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotRegularError(OSError):
    """There is something of another kind."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "it is no regular file")


def open_regular(path: str | Path, *, parent: int | None = None, follow: bool = True) -> int:
    """A descriptor to read from; `path` is relative to the directory `parent` if there is one.

    OSError, as NotRegularError; without `follow` a link is ELOOP.
    """
    try:
        descriptor = os.open(path, _FLAGS if follow else _FLAGS | os.O_NOFOLLOW, dir_fd=parent)
    except OSError as error:
        if error.errno in {errno.ENXIO, errno.ENODEV}:
            raise NotRegularError from None  # a socket, or a device without hardware
        raise
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise NotRegularError
    return descriptor


def read_at_most(descriptor: int, limit: int) -> bytes:
    """The content of a file, or the first `limit` bytes of it; closes the descriptor."""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit)
