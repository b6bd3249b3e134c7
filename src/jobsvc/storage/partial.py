"""Files that are being written: directly in their workspace, locked by whoever writes them for as long as that lives."""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from jobsvc.file_lock import try_lock
from jobsvc.storage.regular import open_regular

PREFIX = ".jobsvc-partial-"


def new_partial(root: Path) -> tuple[Path, BinaryIO]:
    """Create a file in the workspace, which is locked until it is closed.

    Returns:
        Its path and the open file.

    Raises:
        OSError: It cannot be created.
    """
    while True:
        path = Path(os.path.realpath(root)) / f"{PREFIX}{uuid4().hex}"
        file = path.open("xb")
        try:
            is_locked = try_lock(file.fileno())
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        # A sweep may have come in between: it removes the file, or has it locked to do so. Then another one is made.
        if is_locked and os.fstat(file.fileno()).st_nlink:
            return path, file
        file.close()


def sweep(root: Path) -> list[str]:
    """Remove what killed processes left unfinished in a workspace, and nothing that is being written.

    Returns:
        The names of the removed files.
    """
    with os.scandir(root) as entries:
        names = [entry.name for entry in entries if entry.name.startswith(PREFIX)]
    return [name for name in names if _remove_unlocked(root / name)]


def _remove_unlocked(path: Path) -> bool:
    with suppress(OSError):  # written by somebody, gone, or another user's
        descriptor = open_regular(path, follow=False)
        try:
            if try_lock(descriptor):
                path.unlink()
                return True
        finally:
            os.close(descriptor)
    return False
