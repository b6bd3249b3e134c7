"""Files that are being written: directly in their workspace, locked by whoever writes them for as long as that lives."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from jobsvc.storage.regular import open_regular

PREFIX = ".jobsvc-partial-"


def new_partial(root: Path) -> tuple[Path, BinaryIO]:
    """A new file of the workspace, and where it lies; it is locked until it is closed. OSError."""
    while True:
        path = Path(os.path.realpath(root)) / f"{PREFIX}{uuid4().hex}"
        file = path.open("xb")
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        # A sweep may have come in between: then it is gone, and another one has to be made.
        if os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()


def sweep(root: Path) -> list[str]:
    """Remove what killed processes left unfinished in a workspace, and nothing that is being written; gives the names."""
    with os.scandir(root) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(PREFIX)]
    return [name for name in names if _remove_unlocked(root / name)]


def _remove_unlocked(path: Path) -> bool:
    with suppress(OSError):  # written by somebody, gone, or another user's
        descriptor = open_regular(path, follow=False)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
        finally:
            os.close(descriptor)
        return True
    return False
