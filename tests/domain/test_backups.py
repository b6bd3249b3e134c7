"""What a backup says of itself."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobsvc.domain.backups import (
    BackupManifest,
    BackupProblem,
    SavedWorkspace,
    copied_of,
    places_of,
    read_manifest,
    require_known,
)

MANIFEST = BackupManifest(
    version="0.1.0",
    created=datetime(2026, 1, 1, tzinfo=UTC),
    schema_revision="0007",
    schema_name="public",
    server=180001,
    dumped_by=18,
    installation="a",
    data_dir=Path("/data"),
    workspaces=(
        SavedWorkspace(id=1, name="default", directory=Path("/data/workspaces/default"), files=2),
        SavedWorkspace(id=2, name="shared", directory=Path("/mnt/shared"), files=1),
        SavedWorkspace(id=3, name="again", directory=Path("/mnt/shared")),
    ),
    sums="0" * 64,
)


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert read_manifest(MANIFEST.model_dump_json().encode()) == MANIFEST


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "manifest.json is not that of a backup: Invalid JSON"),
        (b"{}", "manifest.json is not that of a backup: version: Field required"),
        (
            MANIFEST.model_copy(update={"format": 2}).model_dump_json().encode(),
            "format 2, of jobsvc 0.1.0; this release reads format 1",
        ),
    ],
)
def test_what_is_no_manifest_is_refused(text: bytes, problem: str) -> None:
    with pytest.raises(BackupProblem, match=re.escape(problem)):
        read_manifest(text)


def test_a_schema_that_is_not_known_is_refused() -> None:
    require_known(MANIFEST, is_known=True)
    with pytest.raises(BackupProblem, match=r"schema 0007 of jobsvc 0\.1\.0, which this release does not know"):
        require_known(MANIFEST, is_known=False)


def test_workspaces_of_the_data_directory_move_with_it() -> None:
    shared = Path("/mnt/shared")
    assert places_of(MANIFEST, Path("/new"), {}) == {1: Path("/new/workspaces/default"), 2: shared, 3: shared}


def test_workspaces_come_to_lie_where_it_is_said() -> None:
    assert places_of(MANIFEST, Path("/data"), {"default": Path("/a")})[1] == Path("/a")
    with pytest.raises(BackupProblem, match="no workspace `other`; it has default, shared, again"):
        places_of(MANIFEST, Path("/data"), {"other": Path("/a")})
    with pytest.raises(BackupProblem, match="Two workspaces would lie in /mnt/shared"):
        places_of(MANIFEST, Path("/data"), {"default": Path("/mnt/shared")})


def test_files_are_copied_but_of_workspaces_that_are_kept() -> None:
    assert [item.name for item in copied_of(MANIFEST, ["shared"])] == ["default"]
    with pytest.raises(BackupProblem, match="no workspace `other`"):
        copied_of(MANIFEST, ["other"])
