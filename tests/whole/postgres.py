"""A PostgreSQL that listens on loopback, as one of another host would: the embedded one has a socket for its own user alone."""

import os
import subprocess
from pathlib import Path

from jobsvc.embedded.binaries import find_binaries
from jobsvc.embedded.privileges import server_user
from jobsvc.embedded.supervisor import Supervisor
from tests.cli.support import free_port
from tests.relay import HOST


class Postgres:
    """A server with an empty database, which can be restarted at the same port and ends with this process.

    Args:
        directory: for its data, private to this user.

    """

    def __init__(self, directory: Path) -> None:
        self.port = free_port()
        self.url = f"postgresql://jobsvc@{HOST}:{self.port}/postgres"
        self._directory = directory
        self._binaries = find_binaries()
        directory.mkdir(mode=0o700)
        self._cluster = directory / "cluster"
        self._user = server_user(self._cluster)
        self._user.make_directory(self._cluster)
        options = ["--username=jobsvc", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]
        command = self._user.command(self._binaries.initdb, *options, f"--pgdata={self._cluster}")
        subprocess.run(command, check=True, capture_output=True, cwd="/")
        self._supervisor = self._start()

    def restart(self) -> None:
        """Stop it, which breaks all connections, and start it again."""
        self.stop()
        self._supervisor = self._start()

    def stop(self) -> None:
        """Stop it."""
        self._supervisor.stop()

    def _start(self) -> Supervisor:
        settings = {
            "listen_addresses": HOST,
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "off",
            "io_method": "sync",
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        lock = os.open(self._directory / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            command = self._user.command(self._binaries.postgres, "-D", self._cluster, *options)
            return Supervisor(command, self._directory / "log", lock)
        finally:
            os.close(lock)
