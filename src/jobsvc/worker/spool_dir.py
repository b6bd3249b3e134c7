"""Where a worker keeps its spools: `<spool>/<installation>.<worker>/<execution>.<part>`, locked by the worker while it lives.

The installation is the `framework_id` of the database: a data directory may be used with another one, whose executions have
the same ids.
"""

from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Self

from jobsvc.storage.locked_dir import LockedDir


class SpoolDir(LockedDir):
    """The directory of one worker; who holds its lock, and nobody else, brings what is in it to the log store."""

    @classmethod
    def of_worker(cls, spool: Path, installation: str, worker_id: str) -> Self:
        """Make and lock the directory of a new worker.

        Raises:
            OSError: The file system refuses.
        """
        return cls.create(spool / f"{installation}.{worker_id}")

    def others(self) -> list[Path]:
        """The directories of the other workers of this host and installation, alive or dead.

        Raises:
            OSError: The file system refuses.
        """
        installation = self.root.name.partition(".")[0]
        return [item for item in self.root.parent.glob(f"{installation}.*") if item.is_dir() and item != self.root]

    def files(self) -> list[Path]:
        """The parts of all executions, those of each in the order of their lines; the shortest logs first.

        So what takes an hour to bring to the store does not hold up what takes a moment.
        """
        result = [item for item in self.root.iterdir() if item.suffix]
        sizes: Counter[int] = Counter()
        for item in result:
            with suppress(FileNotFoundError):  # a running execution has brought it to the store
                sizes[execution_of(item)] += item.stat().st_size
        return sorted(result, key=lambda item: (sizes[execution_of(item)], execution_of(item), item.suffix))

    def size(self) -> int:
        """Bytes of all parts.

        Raises:
            OSError: The file system refuses.
        """
        total = 0
        for item in self.root.iterdir():
            with suppress(FileNotFoundError):
                total += item.stat().st_size
        return total

    def close(self) -> None:
        """Let go of the directory; it goes when nothing is left in it. Idempotent.

        Raises:
            OSError: The file system refuses.
        """
        if not self.is_held:
            return
        if self.files():
            self.release()
        else:
            self.remove_empty()


def execution_of(file: Path) -> int:
    """The execution that a part belongs to; -1 when it is none."""
    return int(file.stem) if file.stem.isdecimal() else -1
