"""PostgreSQL of the system on loopback, behind TLS: the embedded one is built without, and has no port."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from tests.certificates import Authority
from tests.cli.support import free_port
from tests.waiting import until

HOST = "127.0.0.1"
USER = "postgres"
_VERSIONS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
BINARIES = _VERSIONS[-1].parent if _VERSIONS else None
needs_tls_postgres = pytest.mark.skipif(
    BINARIES is None and "JOBSVC_REQUIRE_POSTGRESQL" not in os.environ,
    reason="the system has no PostgreSQL, and the embedded one is built without TLS",
)
ACCESS = """
local all all trust
hostssl replication all 127.0.0.1/32 trust
hostssl all certified 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 trust
"""
"""Whoever is called `certified` shows a certificate; nobody comes without TLS."""
SETTINGS = {
    "listen_addresses": HOST,
    "ssl": "on",
    "ssl_cert_file": "server.crt",
    "ssl_key_file": "server.key",
    "ssl_ca_file": "authority.crt",
    "fsync": "off",
    "max_connections": "60",
    "shared_buffers": "16MB",
}
STANDBY_NAME = "standby"


class TlsPostgres:
    """One server; `url` is of its database `postgres`, whose certificate is one for `localhost`."""

    def __init__(self, directory: Path, authority: Authority) -> None:
        self.port = free_port()
        self._directory, self._authority = directory, authority
        self._data, self._log = directory / "data", directory / "log"
        # The server refuses to be root.
        self._identity = ("--reuid", USER, "--regid", USER, "--clear-groups") if os.geteuid() == 0 else ()
        # Who connects looks for certificates in the home of its user, who is another one here.
        self._environment = os.environ | {"HOME": str(directory)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _place(self) -> str:
        return f"host={HOST} port={self.port} user={USER}"

    def url(self, user: str = "postgres", *, host: str = "localhost", query: str = "") -> str:
        """Its URL; the server is trusted by the authority of the test."""
        tls = f"sslmode=verify-full&sslrootcert={self._authority.file}"
        return f"postgresql://{user}@{host}:{self.port}/postgres?{tls}{query}"

    def make(self, age: timedelta = timedelta()) -> None:
        """Make a new cluster, with a certificate for a day, that long ago."""
        self._prepare()
        self._run("initdb", "--auth=trust", f"--username={USER}", "--no-sync", f"--pgdata={self._data}")
        (self._data / "pg_hba.conf").write_text(ACCESS)
        certificate, key = self._authority.issue(f"server-{self.port}", host="localhost", age=age)
        for name, source in {"server.crt": certificate, "server.key": key, "authority.crt": self._authority.file}.items():
            shutil.copy(source, self._data / name)
            self._give(self._data / name, 0o600)

    def copy(self, primary: "TlsPostgres") -> None:
        """Make it a standby that follows another one."""
        self._prepare()
        place = f"{primary._place} sslmode=require application_name={STANDBY_NAME}"
        self._run("pg_basebackup", "--write-recovery-conf", f"--pgdata={self._data}", f"--dbname={place}", "--checkpoint=fast")

    def start(self) -> None:
        """Start it, and wait until it answers; it ends with the test, however that ends."""
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self._directory)}
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = [
            "setpriv",
            *self._identity,
            "--pdeathsig",
            "QUIT",
            "--",
            str(_program("postgres")),
            "-D",
            str(self._data),
            *words,
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment)
        until(self._answers)

    def stop(self, number: int = signal.SIGQUIT) -> None:
        """Stop it at once, as a power failure would."""
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(20)
            self._process = None

    def promote(self) -> None:
        """Make the standby the primary."""
        self._run("pg_ctl", "promote", "--wait", f"--pgdata={self._data}")

    def execute(self, statement: str) -> str:
        """Execute a statement as superuser; gives what it shows."""
        place = ("--host", str(self._directory), "--port", str(self.port), "--username", USER)
        return self._run("psql", *place, "--no-psqlrc", "--tuples-only", "--no-align", "--command", statement).strip()

    def _prepare(self) -> None:
        self._directory.mkdir(exist_ok=True)
        self._give(self._directory, 0o700)

    def _give(self, path: Path, mode: int) -> None:
        path.chmod(mode)
        if self._identity:
            shutil.chown(path, USER, USER)

    def _run(self, program: str, *words: str) -> str:
        command = ["setpriv", *self._identity, "--", str(_program(program)), *words]
        result = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, env=self._environment
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self._log.read_text()
        with suppress(AssertionError):
            return self.execute("SELECT 1") == "1"
        return False


def _program(name: str) -> Path:
    assert BINARIES is not None, "the system has no PostgreSQL"
    return BINARIES / name


@contextmanager
def directory_of_servers() -> Iterator[Path]:
    """A directory that the servers' user can reach, which is not the one of the tests."""
    with tempfile.TemporaryDirectory(prefix="jobsvc-tls-") as directory:
        Path(directory).chmod(0o711)
        yield Path(directory)
