"""Where the files of a server are, and that they are for one user only."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from jobsvc.embedded import EmbeddedPostgres, EmbeddedUnavailable

from .support import MakeServer, Query

SOCKET = ".s.PGSQL.5432"


def mode(path: Path) -> int:
    """Give the permission bits."""
    return path.stat().st_mode & 0o777


def test_everything_is_private(server: EmbeddedPostgres, data_dir: Path) -> None:
    data_dir.chmod(0o755)
    server.start()
    assert {mode(path) for path in (data_dir, data_dir / "run", data_dir / "postgres")} == {0o700}
    assert {mode(path) for path in data_dir.iterdir() if path.is_file()} == {0o600}
    assert mode(data_dir / "run" / SOCKET) == 0o700


async def test_a_wrong_password_is_refused(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.start()
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(host=str(data_dir / "run"), user="jobsvc", database="jobsvc", password="guess")  # noqa: S106


def test_each_server_has_a_password_of_its_own(data_dir: Path, other_data_dir: Path) -> None:
    assert (data_dir / "password").read_text() != (other_data_dir / "password").read_text()


def test_a_directory_of_another_user_is_refused(make_server: MakeServer, folder: Path) -> None:
    foreign = Path("/usr")
    if os.geteuid() == 0:
        foreign = folder
        os.chown(foreign, 12345, 12345)
    with pytest.raises(EmbeddedUnavailable, match=rf"(?s){foreign}.*belongs to.*JOBSVC_DATA_DIR"):
        make_server(foreign).start()


@pytest.fixture
def temporary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(params=["long" * 30, "a, comma and blanks", "größer?host=elsewhere"])
def unfit_dir(data_dir: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The data directory, moved to a path that cannot be the path of a socket; moved back in the end."""
    path = data_dir.rename(data_dir.with_name(request.param))
    yield path
    path.rename(data_dir)


def test_the_socket_may_have_to_be_elsewhere(unfit_dir: Path, make_server: MakeServer, query: Query, temporary: Path) -> None:
    assert query(make_server(unfit_dir).start(), "SELECT answer FROM kept") == 42
    (base,) = temporary.glob("jobsvc-*")
    assert (mode(base), mode(base / "run")) == (0o700, 0o700)


def test_the_socket_stays_where_it_is_for_those_with_another_temporary_place(
    unfit_dir: Path, make_server: MakeServer, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, joiner = make_server(unfit_dir), make_server(unfit_dir)
    url = owner.start()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "other"))
    assert joiner.start() == url
    owner.stop()
    joiner.ensure()
    assert joiner.is_owner
    assert joiner.start() == url


def test_a_socket_directory_of_another_user_is_refused(unfit_dir: Path, make_server: MakeServer, temporary: Path) -> None:
    server = make_server(unfit_dir)
    server.start()
    server.stop()
    (base,) = temporary.glob("jobsvc-*")
    base.rename(temporary / "aside")
    base.symlink_to(temporary / "aside")  # where others can write, it could lead to what is theirs
    with pytest.raises(EmbeddedUnavailable, match=rf"{base} has to be a directory of"):
        server.start()
