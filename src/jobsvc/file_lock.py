"""Exclusive locks on files, which the kernel releases when their holder ends, however it ends.

The library `filelock` has neither of two things that are needed here: to lock a file that is open already, and to hand
the descriptor of a lock to a child that shares it.
"""

import fcntl
import os
import time
from pathlib import Path
from weakref import WeakSet

POLL = 0.01
"""Seconds between two looks at something that sends no notification."""


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

    def __init__(self, path: Path, *, create: bool = True) -> None:
        self._path = path
        self._flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
        self._descriptor: PrivateDescriptor | None = None

    @property
    def descriptor(self) -> int | None:
        """What to hand to a child that shall hold the lock too; None while this process does not hold it."""
        return self._descriptor.number if self._descriptor else None

    def acquire(self, timeout: float = 0.0) -> bool:
        """Take the lock, waiting at most `timeout` seconds.

        Returns:
            Whether it is held, also if it was before; False when another process holds it or just removed the file.

        Raises:
            OSError: The file cannot be opened.
        """
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
        number = os.open(self._path, self._flags, 0o600)
        opened = PrivateDescriptor(number)
        try:
            # A lock that was taken just after its last holder removed the file locks nothing.
            if try_lock(number) and _is_at(number, self._path):
                self._descriptor = opened
                return True
        except OSError:
            opened.close()
            raise
        opened.close()
        return False


def try_lock(descriptor: int) -> bool:
    """Lock an open file until its descriptor is closed.

    Returns:
        Whether it is locked; False when another process holds the lock.

    Raises:
        OSError: The file system has no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
