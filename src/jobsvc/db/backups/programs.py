"""PostgreSQL's own programs that dump and restore: which of them, and how they reach the database."""

import asyncio
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from jobsvc.db.addresses import Address, read_address
from jobsvc.domain.backups import BackupProblem

DEBIAN = Path("/usr/lib/postgresql")
VARIABLES = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcrl": "PGSSLCRL",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "passfile": "PGPASSFILE",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
    "host": "PGHOST",
    "port": "PGPORT",
    "options": "PGOPTIONS",
}
"""Parameters of an URL, as variables of the environment: other users see the arguments of a process."""
_MAJOR = re.compile(rb"\(PostgreSQL\) (\d+)")


class Programs:
    """Runs `pg_dump` and `pg_restore` on the database of an URL."""

    def __init__(self, url: str, folders: Sequence[Path] = ()) -> None:
        """`folders` are looked through beside those of the system."""
        self._environment = program_environment(url)
        self._folders = folders

    async def pick(self, name: str, least: int) -> tuple[Path, int]:
        """The oldest program of at least a major version, for it knows the least that a server does not; and its version.

        Raises:
            BackupProblem: There is none.
        """
        versions = {program: await _version(program) for program in self._candidates(name)}
        fitting = [(version, program) for program, version in versions.items() if version >= least]
        if not fitting:
            raise BackupProblem(
                f"There is no `{name}` of PostgreSQL {least} or later: install the clients of that version, as the package "
                f"postgresql-client-{least} of Debian, and let PATH lead to them."
            )
        version, program = min(fitting)
        return program, version

    async def run(self, program: Path, *arguments: str) -> None:
        """Run a program to its end.

        Raises:
            BackupProblem: With what it said last.
        """
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except BaseException:
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            raise BackupProblem(f"{program.name} failed: {_problem(said)}")

    def _candidates(self, name: str) -> list[Path]:
        of_path = shutil.which(name)
        folders = [*self._folders, *sorted(DEBIAN.glob("*/bin"))]
        paths = [Path(of_path)] if of_path else []
        return [*paths, *(folder / name for folder in folders if os.access(folder / name, os.X_OK))]


def program_environment(url: str) -> Mapping[str, str]:
    """The environment in which PostgreSQL's programs connect to the database of an URL.

    Raises:
        DatabaseUnavailable: The URL is none.
    """
    address = read_address(url)
    place = address.url
    values = {
        "user": place.username,
        "password": place.password,
        "host": place.host,
        "port": place.port,
        "database": place.database,
    }
    named = {f"PG{name.upper()}": str(value) for name, value in values.items() if value is not None}
    parameters = {VARIABLES[name]: value for name, value in _parameters(address).items() if name in VARIABLES}
    timeout = {} if address.timeout is None else {"PGCONNECT_TIMEOUT": str(round(address.timeout))}
    # Neither the caller's PG* variables nor its locale.
    return {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC", "PGAPPNAME": "jobsvc"} | named | parameters | timeout


def _parameters(address: Address) -> dict[str, str]:
    query = {name: value if isinstance(value, str) else value[-1] for name, value in address.url.query.items()}
    tls = dict(parse_qsl(urlsplit(query.pop("dsn", "")).query))
    return {**query, **tls, **address.server_settings}


async def _version(program: Path) -> int:
    """The major version; 0 for what does not run."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        said, _ = await process.communicate()
    except OSError:
        return 0
    match = _MAJOR.search(said)
    return int(match[1]) if match else 0


def _problem(said: bytes) -> str:
    """The first error of those that a program names."""
    lines = said.decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if "error:" in line]
    return (errors or lines or ["it said nothing"])[0].partition("error: ")[2] or (lines or ["it said nothing"])[-1]
