"""A directory that belongs to one process of this host while that lives, and to whoever comes after it then."""

import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from jobsvc.file_lock import FileLock

LOCK = "lock"
_PRIVATE = 0o700
_MOST_ROUNDS = 20
_PAUSE_SECONDS = 0.1


class LockedDir:
    """A directory held by a lock that ends with the process, however that ends."""

    def __init__(self, root: Path, lock: FileLock) -> None:
        self.root = root
        self._lock = lock

    @classmethod
    def create(cls, root: Path) -> Self:
        """Make the directory, or take over that of a dead process.

        Raises:
            OSError: It cannot be made, or belongs to a process that lives.
        """
        lock = FileLock(root / LOCK)
        for _ in range(_MOST_ROUNDS):
            root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            # Another process's sweep can come in between: it takes the lock first and removes the directory.
            with suppress(FileNotFoundError):
                if lock.acquire():
                    return cls(root, lock)
            time.sleep(_PAUSE_SECONDS)
        raise BlockingIOError(f"{root} belongs to another process that lives")

    @classmethod
    def take_over(cls, root: Path) -> Self | None:
        """The directory of a dead process; None when it lives, is another user's or is being removed."""
        lock = FileLock(root / LOCK, create=False)
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            if lock.acquire():
                return cls(root, lock)
        return None

    @property
    def is_held(self) -> bool:
        """Whether the lock has not been let go of."""
        return self._lock.descriptor is not None

    def remove_empty(self) -> None:
        """Remove the directory, of which only the lock is left, and let go of it.

        Raises:
            OSError: Something else is in it, or it cannot be removed.
        """
        # The lock goes last: as long as anything is left, the next sweep finds a lock to take.
        try:
            (self.root / LOCK).unlink()
            self.root.rmdir()
        finally:
            self.release()

    def release(self) -> None:
        """Let go of the lock and leave the rest to the next sweep. Idempotent."""
        self._lock.release()
