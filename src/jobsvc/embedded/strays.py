"""What an earlier owner left: a server without a watcher, or the files of a server that was killed."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.embedded.descriptors import FileLock
from jobsvc.embedded.errors import EmbeddedUnavailable

# Seconds. Usually the watcher of the earlier owner is at it already, and asking twice does no harm.
_ESCALATION = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))


def end_strays(paths: DataDirPaths, lock: FileLock) -> int:
    """Take the server lock, stopping an earlier server if one still runs, and clear away what it left.

    Gives the descriptor of the lock, for the children that shall hold it too.
    Raises `EmbeddedUnavailable` if it does not end in time (about 30 s).
    """
    descriptor = _stop_until_free(paths, lock)
    if descriptor is None:
        raise EmbeddedUnavailable(
            f"Processes of an earlier PostgreSQL in {paths.cluster} do not end.",
            f"End the processes that use {paths.server_lock}.",
        )
    # The pid may be another process by now, or a dead one that nobody reaped; PostgreSQL would trust it.
    if running_postmaster(paths.cluster) is None:
        (paths.cluster / "postmaster.pid").unlink(missing_ok=True)
    return descriptor


def _stop_until_free(paths: DataDirPaths, lock: FileLock) -> int | None:
    for number, timeout in _ESCALATION:
        if lock.acquire():
            break
        pid = running_postmaster(paths.cluster)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if lock.acquire(timeout):
            break
    return lock.descriptor


def running_postmaster(cluster: Path) -> int | None:
    """Give the pid of the live postmaster of the cluster; None if the recorded one is gone or another."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    return pid if f" -D {cluster} " in _command_line(pid) else None


def _command_line(pid: int) -> str:
    """Give the words of a process, each with a blank behind it; nothing if it is gone or dead."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    ps = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(ps, stdout=subprocess.PIPE, text=True, check=False).stdout.rstrip() + " "  # noqa: S603
