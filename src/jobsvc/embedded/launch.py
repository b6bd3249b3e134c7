"""The way from a data directory to a server that answers."""

import time
from pathlib import Path
from threading import Event

from jobsvc.embedded.binaries import find_binaries
from jobsvc.embedded.cluster import require_cluster
from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.embedded.errors import EmbeddedUnavailable, program_failed
from jobsvc.embedded.privileges import server_user
from jobsvc.embedded.sockets import PORT, accepts_connections, prepare_sockets
from jobsvc.embedded.strays import end_strays
from jobsvc.embedded.supervisor import Supervisor
from jobsvc.file_lock import POLL, FileLock

START_LIMIT = 120.0
"""Seconds a server may take to accept connections; repairing much data after a power cut takes a while."""

_LOG_LIMIT = 10_000_000  # bytes

_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Whoever sent a failed statement gets its error. In the log they would pile up, with users' data in them.
    "log_min_messages": "log",
    "log_checkpoints": "off",
}


def launch(paths: DataDirPaths, stopping: Event, *, durable: bool) -> Supervisor:
    """Start a server in a prepared data directory and wait until it accepts connections, or until it is given up.

    Only for the holder of the owner lock. An earlier server is stopped first, a missing cluster is made.
    Raises `EmbeddedUnavailable`, and leaves nothing running then.
    """
    lock = FileLock(paths.server_lock)
    try:
        supervisor, log_start = _spawn(paths, lock, durable=durable)
    finally:
        lock.release()
    try:
        _wait_until_ready(paths, supervisor, log_start, stopping)
    except BaseException:
        supervisor.stop()
        raise
    return supervisor


def require_going_on(stopping: Event, paths: DataDirPaths) -> None:
    """Raise `EmbeddedUnavailable` when the server is not wanted any more."""
    if stopping.is_set():
        raise EmbeddedUnavailable(
            f"The start of PostgreSQL in {paths.cluster} was given up, for it is to stop.", "Start it again."
        )


def _spawn(paths: DataDirPaths, lock: FileLock, *, durable: bool) -> tuple[Supervisor, int]:
    """Start the server; the number is the size of the log before it."""
    binaries = find_binaries()
    descriptor = end_strays(paths, lock)
    user = server_user(paths.cluster)
    require_cluster(paths, binaries, user, descriptor, durable=durable)
    sockets = prepare_sockets(paths, user)
    log_start = _rotate(paths.log)
    command = user.command(binaries.postgres, "-D", paths.cluster, *_options(sockets, durable=durable))
    return Supervisor(command, paths.log, descriptor), log_start


def _options(sockets: Path, *, durable: bool) -> list[str]:
    on = "on" if durable else "off"
    durability = {"fsync": on, "full_page_writes": on, "synchronous_commit": on}
    settings = _SETTINGS | durability | {"unix_socket_directories": str(sockets)}
    return [f"--{name}={value}" for name, value in settings.items()]


def _rotate(log: Path) -> int:
    """Start a new log once the old one is large; the number is how many bytes it has now."""
    size = log.stat().st_size if log.exists() else 0
    if size < _LOG_LIMIT:
        return size
    log.replace(log.with_suffix(".log.1"))
    return 0


def _wait_until_ready(paths: DataDirPaths, supervisor: Supervisor, log_start: int, stopping: Event) -> None:
    deadline = time.monotonic() + START_LIMIT
    while not accepts_connections(paths):
        require_going_on(stopping, paths)
        if not supervisor.is_running():
            said = paths.log.read_bytes()[log_start:].decode(errors="replace")
            raise program_failed("PostgreSQL did not start", said, paths.root, paths.log)
        if time.monotonic() > deadline:
            raise EmbeddedUnavailable(
                f"PostgreSQL in {paths.cluster} does not accept connections after {START_LIMIT:.0f} s.",
                f"See {paths.log}.",
            )
        time.sleep(POLL)
