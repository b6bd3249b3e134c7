"""The embedded server as the rest of the service sees it."""

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jobsvc.embedded.cluster import DATABASE, USER, read_password
from jobsvc.embedded.data_dir import DataDirPaths
from jobsvc.embedded.errors import EmbeddedUnavailable, explained
from jobsvc.embedded.launch import START_LIMIT, launch, require_going_on
from jobsvc.embedded.sockets import PORT, accepts_connections, socket_directory
from jobsvc.file_lock import POLL, FileLock

if TYPE_CHECKING:
    from jobsvc.embedded.supervisor import Supervisor


class EmbeddedPostgres:
    """One private PostgreSQL server for a data directory, shared by every process that names that directory.

    One process owns the server and keeps it running. The server ends with its owner, however that one ends,
    until `ensure` in another process takes over. All methods block, and may be called from any thread.

    Args:
        data_dir: where everything lives; made if missing, private to this user.
        durable: whether committed data outlives a power cut; False is faster, for tests. The owner's counts.

    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._paths = DataDirPaths(data_dir.resolve())
        self._durable = durable
        self._lock = FileLock(self._paths.owner_lock)
        self._supervisor: Supervisor | None = None
        self._url: str | None = None
        self._mutex = threading.RLock()
        self._stopping = threading.Event()

    @property
    def url(self) -> str:
        """The URL for SQLAlchemy, with the password; `RuntimeError` before `start` and after `stop`."""
        if self._url is None:
            raise RuntimeError("the embedded PostgreSQL was not started")
        return self._url

    @property
    def is_owner(self) -> bool:
        """Whether this process keeps the server running (and not another one)."""
        return self._lock.descriptor is not None

    def start(self) -> str:
        """Start the server, or join the one that another process owns; return its URL once it answers.

        Can be called again.

        Raises:
            EmbeddedUnavailable: The server cannot be used; the text says why.
        """
        with self._mutex, explained(self._paths.root):
            self._stopping.clear()
            self._paths.prepare()
            deadline = time.monotonic() + START_LIMIT
            while not (self._owns_running_server() or accepts_connections(self._paths)):
                self._require_time_left(deadline)
                time.sleep(POLL)
            self._url = _url(self._paths)
            return self._url

    def ensure(self) -> None:
        """Bring the server back if this process owns it, or if nobody does any more; the URL stays the same.

        Takes microseconds when there is nothing to do, and does nothing before `start` and after `stop`.
        Raises `EmbeddedUnavailable`; then nobody owns the server, and the next call tries again.
        """
        with self._mutex, explained(self._paths.root):
            if self._url is not None:
                self._owns_running_server()

    def stop(self) -> None:
        """Shut the server down if this process owns it, else only let go of it. Can be called again.

        `start` or `ensure` of another thread, which may wait long for a server to answer, gives up.
        """
        self._stopping.set()
        with self._mutex:
            supervisor, self._supervisor, self._url = self._supervisor, None, None
            try:
                if supervisor is not None:
                    supervisor.stop()
            finally:
                self._lock.release()

    def _owns_running_server(self) -> bool:
        """Whether this process owns the server and it runs, after taking over what nobody owns."""
        if self._supervisor is not None:
            if self._supervisor.is_running():
                return True
            self._supervisor.stop()
            self._supervisor = None
        if not self._lock.acquire():
            return False
        try:
            self._supervisor = launch(self._paths, self._stopping, durable=self._durable)
        except BaseException:
            self._lock.release()
            raise
        return True

    def _require_time_left(self, deadline: float) -> None:
        require_going_on(self._stopping, self._paths)
        if time.monotonic() > deadline:
            raise EmbeddedUnavailable(
                f"The owner of the PostgreSQL in {self._paths.root} does not get it to accept connections.",
                f"See {self._paths.log}, or end that process: it holds {self._paths.owner_lock}.",
            )


def _url(paths: DataDirPaths) -> str:
    login = f"{USER}:{quote(read_password(paths))}"
    directory = quote(str(socket_directory(paths)), safe="/")
    # With the port, because asyncpg would otherwise take it from PGPORT.
    return f"postgresql+asyncpg://{login}@/{DATABASE}?host={directory}&port={PORT}"
