"""A disk that becomes full under database, spool and scratch directories, and has room again later."""

import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.conftest import Begin, StartUp
from tests.stack.up import Up

JOBS = 24
SECONDS = 5.0
"""How long it lasts: longer than a lease."""
SIZE = "300m"
MOUNT = f'mount -t tmpfs -o size={SIZE} none "$0" && exec "$@"'


def on_own_disk(directory: Path) -> tuple[str, ...]:
    """What makes a command see a small file system at the directory, which goes when the command does.

    Only root may mount, so another user becomes root of a namespace for that, and itself again in a second one:
    PostgreSQL does not run as root.
    """
    if os.geteuid() == 0:
        return ("unshare", "--mount", "sh", "-c", MOUNT, str(directory))
    again = ("unshare", "--user", f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}")
    return ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, str(directory), *again)


def filler(up: Up) -> Path:
    """A file on the service's disk, seen from outside."""
    return Path(f"/proc/{up.pid}/root{up.data_dir}/filler")


def fill(path: Path) -> None:
    """Write until nothing more fits."""
    with path.open("ab", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(2**12))


@pytest.mark.parametrize(("least_mib", "lines"), [(0, 5000), (16, 200)])
def test_a_disk_that_is_full_for_a_while(start_up: StartUp, begin: Begin, tmp_path: Path, least_mib: int, lines: int) -> None:
    """With `least_mib` the worker stops claiming before the end of the room; without, it runs into it."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    up = start_up({"JOBSVC_MIN_FREE_MIB": str(least_mib)}, prefix=on_own_disk(data_dir))
    up.await_answer()
    trial = begin(up, lines=lines)
    trial.submit(JOBS // 2)
    trial.await_starts(JOBS // 4)
    submitting = threading.Thread(target=trial.submit, args=(JOBS // 2,))
    submitting.start()
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        # Whatever gives room again by itself, as PostgreSQL does for its start, it is taken.
        fill(filler(up))
        time.sleep(0.2)
    filler(up).unlink()
    submitting.join()
    trial.check()
