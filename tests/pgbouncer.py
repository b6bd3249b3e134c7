"""PgBouncer with the configuration that the project gives out, between a service and the database of the tests."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy.engine import URL, make_url

from tests.cli.support import free_port
from tests.ordinary_user import AS_ORDINARY_USER
from tests.waiting import until

HOST = "127.0.0.1"
CONFIGURATION = Path(__file__).parents[1] / "deploy" / "pgbouncer" / "pgbouncer.ini"
needs_pgbouncer = pytest.mark.skipif(
    shutil.which("pgbouncer") is None and "JOBSVC_REQUIRE_PGBOUNCER" not in os.environ, reason="PgBouncer is not installed"
)


class PgBouncer:
    """One PgBouncer on a port of its own; `url` leads to the database by way of it."""

    def __init__(self, directory: Path, database_url: str, *, pool_size: int, more: str = "") -> None:
        self._target = make_url(database_url)
        self._port = free_port()
        self._file = directory / "pgbouncer.ini"
        self._log = directory / "pgbouncer.log"
        self._file.write_text(self._configuration(pool_size, more))
        self._process: subprocess.Popen[bytes] | None = None

    def _configuration(self, pool_size: int, more: str) -> str:
        """That which the project gives out, for this machine."""
        text = CONFIGURATION.read_text()
        for line, own in {
            "jobsvc = host=postgres.example.com port=5432": f"* = {_server(self._target)}",
            "listen_addr = *": f"listen_addr = {HOST}",
            "listen_port = 6432": f"listen_port = {self._port}\nunix_socket_dir =",
            "auth_type = scram-sha-256": "auth_type = any",
            "auth_file = /etc/pgbouncer/userlist.txt": more,
            "default_pool_size = 20": f"default_pool_size = {pool_size}",
        }.items():
            assert f"\n{line}\n" in text
            text = text.replace(f"\n{line}\n", f"\n{own}\n")
        return text

    @property
    def url(self) -> str:
        """The database's URL through the pooler."""
        return URL.create("postgresql", "me", host=HOST, port=self._port, database=self._target.database).render_as_string()

    def start(self) -> None:
        """Start it and wait until it listens."""
        # It refuses to be root.
        command = [*AS_ORDINARY_USER, "pgbouncer", str(self._file)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._listens)

    def stop(self, number: int = signal.SIGKILL) -> None:
        """End it by a signal."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(10)

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        with suppress(OSError), socket.create_connection((HOST, self._port), timeout=1):
            return True
        return False


@contextmanager
def pgbouncer(directory: Path, database_url: str, *, pool_size: int = 6, more: str = "") -> Iterator[PgBouncer]:
    """A PgBouncer that runs, until the end of the block."""
    pooler = PgBouncer(directory, database_url, pool_size=pool_size, more=more)
    pooler.start()
    try:
        yield pooler
    finally:
        pooler.stop()


def _server(target: URL) -> str:
    """How it reaches the server, in words of its configuration: as one user, whoever its clients say to be."""
    host = target.query.get("host") or target.host
    words = {"host": host, "port": target.port or target.query.get("port", 5432), "user": target.username}
    if target.password:
        words["password"] = target.password
    return " ".join(f"{name}={value}" for name, value in words.items())
