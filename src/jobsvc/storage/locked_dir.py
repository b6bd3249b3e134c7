"""A directory that belongs to one process of this host while that lives, and to whoever comes after it then."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

LOCK = "lock"
_PRIVATE = 0o700
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.1


class LockedDir:
    """A directory held by a lock that ends with the process, however that ends."""

    def __init__(self, root: Path, lock: int) -> None:
        self.root = root
        self._lock = lock

    @classmethod
    def create(cls, root: Path) -> Self:
        """Make the directory, or take over that of a dead process. OSError, also when its process lives."""
        for _ in range(_ATTEMPTS):
            root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            # Another process's sweep can come in between: it takes the lock first and removes the directory.
            with suppress(FileNotFoundError, BlockingIOError):
                return cls._locked(root, os.O_CREAT)
            time.sleep(_PAUSE_SECONDS)
        raise BlockingIOError(f"{root} belongs to another process that lives")

    @classmethod
    def take_over(cls, root: Path) -> Self | None:
        """The directory of a dead process; None when it lives, is another user's or is being removed."""
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError, BlockingIOError):
            return cls._locked(root, 0)
        return None

    @classmethod
    def _locked(cls, root: Path, flags: int) -> Self:
        lock = os.open(root / LOCK, os.O_RDWR | flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _check_same_file(lock, root / LOCK)
        except OSError:
            os.close(lock)
            raise
        return cls(root, lock)

    @property
    def is_held(self) -> bool:
        """Whether the lock has not been let go of."""
        return self._lock >= 0

    def remove_empty(self) -> None:
        """Remove the directory, of which only the lock is left, and let go of it. OSError."""
        # The lock goes last: as long as anything is left, the next sweep finds a lock to take.
        try:
            (self.root / LOCK).unlink()
            self.root.rmdir()
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the lock and leave the rest to the next sweep. Idempotent."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _check_same_file(descriptor: int, path: Path) -> None:
    # A lock that was taken just after its last holder removed the file locks nothing.
    if not os.path.samestat(os.fstat(descriptor), path.stat()):
        raise FileNotFoundError(path)
