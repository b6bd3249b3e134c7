"""Which directories may be used: links and bind mounts lead to the same place as what they lead to."""

import os
from pathlib import Path, PurePosixPath

import pytest

from jobsvc.storage import places
from jobsvc.storage.places import AllowedPlaces, Place, place_of, read_mounts


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """A data directory with a workspace and a secret, and other directories beside it."""
    for name in ("data/postgres", "data/spool", "data/workspaces/default", "elsewhere", "roots/maps", "roots-too"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "data/postgres/password").write_text("secret")
    return tmp_path / "data"


@pytest.fixture
def allowed(data_dir: Path) -> AllowedPlaces:
    """Everything but the service's own."""
    return AllowedPlaces([data_dir], [data_dir / "workspaces"])


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("elsewhere", True),
        ("data/workspaces", True),
        ("data/workspaces/default", True),
        ("data", False),
        ("data/postgres", False),
        ("data/workspaces/../postgres", False),
        ("elsewhere/../data/spool", False),
        ("data/new", False),
        (".", False),
        ("/", False),
        ("data-too", True),
    ],
)
def test_the_services_own_directories_are_no_workspaces(
    tmp_path: Path, allowed: AllowedPlaces, path: str, *, is_allowed: bool
) -> None:
    assert (allowed.problem_of_directory(tmp_path / path) == "") is is_allowed


@pytest.mark.parametrize("target", ["data", "data/postgres", "."])
def test_links_lead_to_what_they_lead_to(tmp_path: Path, allowed: AllowedPlaces, target: str) -> None:
    (tmp_path / "elsewhere/link").symlink_to(tmp_path / target)
    (tmp_path / "data/workspaces/link").symlink_to(tmp_path / "elsewhere/link")
    for path in ("elsewhere/link", "data/workspaces/link"):
        assert allowed.problem_of_directory(tmp_path / path)


def test_a_file_behind_a_link_is_the_services_own(tmp_path: Path, allowed: AllowedPlaces) -> None:
    (tmp_path / "elsewhere/link").symlink_to(tmp_path / "data/postgres/password")
    assert allowed.is_own(tmp_path / "elsewhere/link")
    assert not allowed.is_own(tmp_path / "elsewhere/other")
    assert not allowed.is_own(tmp_path / "data/workspaces/default/file")


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [("roots", True), ("roots/maps", True), ("roots-too", False), ("elsewhere", False), ("roots/../elsewhere", False)],
)
def test_with_roots_all_others_are_refused(tmp_path: Path, data_dir: Path, path: str, *, is_allowed: bool) -> None:
    allowed = AllowedPlaces([data_dir], [data_dir / "workspaces"], [tmp_path / "roots"])
    problem = allowed.problem_of_directory(tmp_path / path)
    assert (problem == "") is is_allowed
    assert is_allowed or "JOBSVC_WORKSPACE_ROOTS" in problem


def test_a_root_that_is_a_link_allows_what_it_leads_to(tmp_path: Path, data_dir: Path) -> None:
    (tmp_path / "root").symlink_to(tmp_path / "roots")
    allowed = AllowedPlaces([data_dir], [], [tmp_path / "root"])
    assert allowed.problem_of_directory(tmp_path / "roots/maps") == ""
    (tmp_path / "roots/out").symlink_to(tmp_path / "elsewhere")
    assert allowed.problem_of_directory(tmp_path / "roots/out")


MOUNTED = r"""22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 8:2 / /var rw - ext4 /dev/sda2 rw
24 22 8:2 /lib/jobsvc/postgres /mnt/my\040data rw - ext4 /dev/sda2 rw
25 22 8:1 /srv /mnt/over rw - ext4 /dev/sda1 rw
26 22 8:2 /lib /mnt/over rw - ext4 /dev/sda2 rw
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/srv/x", Place("8:1", PurePosixPath("/srv/x"))),
        ("/var/lib/jobsvc", Place("8:2", PurePosixPath("/lib/jobsvc"))),
        ("/mnt/my data/base", Place("8:2", PurePosixPath("/lib/jobsvc/postgres/base"))),
        ("/mnt/over/jobsvc", Place("8:2", PurePosixPath("/lib/jobsvc"))),
    ],
)
def test_a_bind_mount_is_the_place_that_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, place: Place
) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTED)
    monkeypatch.setattr(places, "MOUNTS", tmp_path / "mountinfo")
    monkeypatch.setattr(os.path, "realpath", str)
    assert place_of(Path(path), read_mounts()) == place
    allowed = AllowedPlaces([Path("/var/lib/jobsvc")])
    assert bool(allowed.problem_of_directory(Path(path))) is ("jobsvc" in str(place.path))


def test_where_the_system_does_not_say_what_is_mounted_paths_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "MOUNTS", tmp_path / "nothing")
    assert AllowedPlaces([tmp_path / "data"]).problem_of_directory(tmp_path / "data/x")
    assert not AllowedPlaces([tmp_path / "data"]).problem_of_directory(tmp_path / "other")


def test_the_mounts_of_this_system_can_be_read(tmp_path: Path) -> None:
    mounts = read_mounts()
    assert place_of(tmp_path / "a", mounts).is_in(place_of(tmp_path, mounts))
    assert not place_of(tmp_path, mounts).is_in(place_of(tmp_path / "a", mounts))
