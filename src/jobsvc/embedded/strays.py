"""What an earlier owner left: a server without a watcher, or the files of a server that was killed."""

import os
import signal
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import psutil

from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.embedded.errors import EmbeddedUnavailable
from jobsvc.file_lock import FileLock

# Seconds. Usually the watcher of the earlier owner is at it already, and asking twice does no harm.
_ESCALATION = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))


def end_strays(paths: DataDirPaths, lock: FileLock) -> int:
    """Take the server lock, stopping an earlier server if one still runs, and clear away what it left.

    Returns:
        The descriptor of the lock, for the children that shall hold it too.

    Raises:
        EmbeddedUnavailable: The earlier server does not end in time (about 30 s).
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
    """The pid of the live postmaster of the cluster; None if the recorded one is gone or another."""
    try:
        pid = int((cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        arguments = psutil.Process(pid).cmdline()
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return pid if ("-D", str(cluster)) in pairwise(arguments) else None
