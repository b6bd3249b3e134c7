"""Which of PostgreSQL's programs run, and how they connect."""

from pathlib import Path

import pytest

from jobsvc.db.backups.programs import Programs, program_environment
from jobsvc.domain.backups import BackupProblem

URL = "postgresql://me:p%40ss@a:1,b:2/jobs?sslmode=verify-full&sslrootcert=/ca.pem&target_session_attrs=primary&connect_timeout=7"


def test_programs_are_given_what_the_url_says() -> None:
    variables = program_environment(f"{URL}&options=-c%20search_path%3Dours")
    assert {name: value for name, value in variables.items() if name.startswith("PG")} == {
        "PGAPPNAME": "jobsvc",
        "PGCONNECT_TIMEOUT": "7",
        "PGDATABASE": "jobs",
        "PGHOST": "a,b",
        "PGOPTIONS": "-c search_path=ours",
        "PGPASSWORD": "p@ss",
        "PGPORT": "1,2",
        "PGSSLMODE": "verify-full",
        "PGSSLROOTCERT": "/ca.pem",
        "PGTARGETSESSIONATTRS": "primary",
        "PGUSER": "me",
    }


def program(folder: Path, says: str) -> Path:
    """A program that says its version."""
    folder.mkdir()
    path = folder / "pg_none"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return folder


async def test_the_oldest_program_that_knows_the_server_runs(tmp_path: Path) -> None:
    said = {"17": "pg_none (PostgreSQL) 17.2", "19": "pg_none (PostgreSQL) 19beta1 (Debian 19~beta1-1)", "none": "something else"}
    programs = Programs(URL, [program(tmp_path / name, text) for name, text in said.items()])
    assert await programs.pick("pg_none", 15) == (tmp_path / "17" / "pg_none", 17)
    assert await programs.pick("pg_none", 18) == (tmp_path / "19" / "pg_none", 19)
    with pytest.raises(BackupProblem, match=r"no `pg_none` of PostgreSQL 20 or later: .* postgresql-client-20"):
        await programs.pick("pg_none", 20)


async def test_what_a_program_refuses_is_said(tmp_path: Path) -> None:
    folder = program(tmp_path / "18", "pg_none (PostgreSQL) 18.1")
    path = folder / "pg_none"
    path.write_text("#!/bin/sh\necho 'pg_none: error: the disk is full' >&2\necho 'pg_none: detail: x' >&2\nexit 1\n")
    with pytest.raises(BackupProblem, match="pg_none failed: the disk is full"):
        await Programs(URL).run(path)
