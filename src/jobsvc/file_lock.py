"""File descriptors that stay in this process, and the file locks made of them."""

import fcntl
import os
import time
from pathlib import Path
from weakref import WeakSet

POLL = 0.01
"""Seconds between two looks at something that will not tell by itself."""


class PrivateDescriptor:
    """An open descriptor that no child keeps, neither after exec nor after a mere fork (`multiprocessing`).

    A copy in a child would keep a lock held, or a pipe open, after this process is gone.
    """

    def __init__(self, number: int) -> None:
        self._number: int | None = number
        _private.add(self)

    @property
    def number(self) -> int | None:
        """The open descriptor, or None once closed."""
        return self._number

    def close(self) -> None:
        """Close it; calling this again does nothing."""
        number, self._number = self._number, None
        if number is not None:
            os.close(number)


_private: WeakSet[PrivateDescriptor] = WeakSet()


def _close_in_child() -> None:
    for descriptor in list(_private):
        descriptor.close()


os.register_at_fork(after_in_child=_close_in_child)


class FileLock:
    """An exclusive `flock` on a file; the kernel frees it with the last process that has the descriptor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: PrivateDescriptor | None = None

    @property
    def descriptor(self) -> int | None:
        """What to hand to a child that shall hold the lock too; None while this process does not hold it."""
        return self._descriptor.number if self._descriptor else None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Take the lock, waiting at most `timeout` seconds; True when it is held (also if it was before)."""
        deadline = time.monotonic() + timeout
        while not self._try():
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)
        return True

    def release(self) -> None:
        """Let go of the lock. Children that were handed the descriptor go on holding it: no unlock here."""
        if self._descriptor:
            self._descriptor.close()

    def _try(self) -> bool:
        if self.descriptor is not None:
            return True
        number = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(number)
            return False
        self._descriptor = PrivateDescriptor(number)
        return True
