"""Where executions run: `<scratch>/<worker id>/<execution id>/`, locked by the worker while it lives."""

import fcntl
import os
import shutil
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_LOCK = "lock"
_PRIVATE = 0o700
_MAKE_WRITABLE = ("chmod", "-R", "u+rwX", "--")
_REMOVE = ("rm", "-rf", "--")
_ATTEMPTS = 20
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class ExecutionDir:
    """The directory of one execution, whether it exists or not."""

    root: Path

    @property
    def inputs(self) -> Path:
        """Where the links to its input files are."""
        return self.root / "inputs"

    @property
    def output(self) -> Path:
        """Where its process runs and leaves its results."""
        return self.root / "output"

    @property
    def tmp(self) -> Path:
        """For temporary files of its process."""
        return self.root / "tmp"

    @property
    def process_file(self) -> Path:
        """Says which process group it is."""
        return self.root / "process.json"

    @property
    def input_metadata(self) -> Path:
        """What is known of its input files, for its process to read."""
        return self.root / "input_metadata.json"

    def create(self) -> None:
        """Make the directories. OSError, also when they are there already."""
        for each in (self.root, self.inputs, self.output, self.tmp):
            each.mkdir(mode=_PRIVATE)

    def remove(self) -> None:
        """Remove everything, also what the job made unreadable. Idempotent. OSError."""
        with suppress(FileNotFoundError):
            _remove_tree(self.root)


class WorkerDir:
    """The directory of one worker, held by a lock that ends with the process, however that ends."""

    def __init__(self, root: Path, lock: int) -> None:
        self.root = root
        self._lock = lock

    @classmethod
    def create(cls, root: Path) -> Self:
        """Make the directory, or take over that of a dead worker of this id. OSError, also when it lives."""
        for _ in range(_ATTEMPTS):
            root.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
            # Another worker's sweep can come in between: it takes the lock first and removes the directory.
            with suppress(FileNotFoundError, BlockingIOError):
                return cls._locked(root, os.O_CREAT)
            time.sleep(_PAUSE_SECONDS)
        raise BlockingIOError(f"{root} belongs to another worker that lives")

    @classmethod
    def take_over(cls, root: Path) -> Self | None:
        """The directory of a dead worker; None when it lives, is another user's or is being removed."""
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError, BlockingIOError):
            return cls._locked(root, 0)
        return None

    @classmethod
    def _locked(cls, root: Path, flags: int) -> Self:
        lock = os.open(root / _LOCK, os.O_RDWR | flags, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _check_same_file(lock, root / _LOCK)
        except OSError:
            os.close(lock)
            raise
        return cls(root, lock)

    def execution(self, execution_id: int) -> ExecutionDir:
        """The directory of an execution, whether it exists or not."""
        return ExecutionDir(self.root / str(execution_id))

    def executions(self) -> list[ExecutionDir]:
        """Every execution that has a directory."""
        return [ExecutionDir(each) for each in self.root.iterdir() if each.is_dir()]

    def remove(self) -> None:
        """Remove everything and let go of the lock. Idempotent. OSError."""
        if self._lock < 0:
            return
        try:
            for each in self.executions():
                each.remove()
            # The lock goes last: as long as anything is left, the next sweep finds a lock to take.
            (self.root / _LOCK).unlink()
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


def _remove_tree(root: Path) -> None:
    try:
        shutil.rmtree(root)
    except FileNotFoundError:
        raise
    except (OSError, RecursionError):
        # The job took rights away, or nested directories deeper than Python follows; these cope with both.
        for command in (_MAKE_WRITABLE, _REMOVE):
            subprocess.run([*command, str(root)], stderr=subprocess.DEVNULL, check=False)  # noqa: S603
        if root.exists():
            raise OSError(f"{root} cannot be removed") from None
