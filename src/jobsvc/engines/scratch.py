"""Where executions run: `<scratch>/<worker id>/<execution id>/`, locked by the worker while it lives."""

import os
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobsvc.storage.locked_dir import LOCK, LockedDir

_PRIVATE = 0o700
_MAKE_WRITABLE = ("chmod", "-R", "u+rwX", "--")
_REMOVE = ("rm", "-rf", "--")


@dataclass(frozen=True)
class ExecutionDir:
    """The directory of one execution, whether it exists or not."""

    root: Path

    @property
    def inputs(self) -> Path:
        """Where the links to its input files are."""
        return self.root / "inputs"

    @property
    def staged(self) -> Path:
        """Where its input files are that do not lie on this host."""
        return self.root / "staged"

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
        """Make the directories.

        Raises:
            OSError: Also when they are there already.
        """
        for item in (self.root, self.inputs, self.output, self.tmp):
            item.mkdir(mode=_PRIVATE)

    def remove(self) -> None:
        """Remove everything, also what the job made unreadable. Idempotent.

        Raises:
            OSError: The file system refuses.
        """
        with suppress(FileNotFoundError):
            _remove_tree(self.root)


class WorkerDir(LockedDir):
    """The directory of one worker."""

    def execution(self, execution_id: int) -> ExecutionDir:
        """The directory of an execution, whether it exists or not."""
        return ExecutionDir(self.root / str(execution_id))

    def executions(self) -> list[ExecutionDir]:
        """Every execution that has a directory."""
        return [ExecutionDir(item) for item in self.root.iterdir() if item.name != LOCK]

    def remove(self) -> None:
        """Remove everything and let go of the lock. Idempotent.

        Raises:
            OSError: The file system refuses.
        """
        if not self.is_held:
            return
        try:
            for item in self.executions():
                item.remove()
        except OSError:
            self.release()
            raise
        self.remove_empty()


def _remove_tree(root: Path) -> None:
    try:
        if root.is_symlink() or not root.is_dir():
            root.unlink()
        else:
            shutil.rmtree(root)
    except FileNotFoundError:
        raise
    except (OSError, RecursionError):
        # The job took rights away, or nested directories deeper than Python follows; these cope with both.
        for command in (_MAKE_WRITABLE, _REMOVE):
            subprocess.run([*command, str(root)], stderr=subprocess.DEVNULL, check=False)  # noqa: S603
        if os.path.lexists(root):
            raise OSError(f"{root} cannot be removed") from None
