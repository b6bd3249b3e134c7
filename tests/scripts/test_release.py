"""What a release is made of, and what keeps it from being made."""

import json
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from scripts.release import NotReleasable

from scripts import release

LOG = "# Changelog\n\n## Unreleased\n{}\n## 1.2.0 - 2026-11-28\n\n- New.\n\n## 1.1.0 - 2026-10-01\n\n- Old.\n"


def test_changes_are_those_of_the_version() -> None:
    assert release.changes(LOG.format(""), "1.2.0") == "- New.\n"
    assert release.changes(LOG.format(""), "1.1.0") == "- Old.\n"


@pytest.mark.parametrize(
    ("changelog", "number", "problem"),
    [
        (LOG.format(""), "1.3.0", "no section `## 1.3.0 - YYYY-MM-DD`"),
        (LOG.format("\n- Later.\n"), "1.2.0", "lines under Unreleased"),
        (LOG.format("").replace("- New.\n", ""), "1.2.0", "with something in it"),
        (LOG.format("").replace("1.2.0 - 2026-11-28", "1.2.0"), "1.2.0", "no section"),
        (LOG.format(""), "1.2", "no section"),
        ("", "1.2.0", "no section"),
    ],
    ids=["none", "unreleased", "empty", "undated", "part of a number", "no changelog"],
)
def test_a_version_without_changes_is_not_released(changelog: str, number: str, problem: str) -> None:
    with pytest.raises(NotReleasable, match=problem):
        release.changes(changelog, number)


def test_a_draft_has_what_is_not_released_yet() -> None:
    assert release.changes(LOG.format("\n- Later.\n"), "1.2.0", is_draft=True) == "- Later.\n"


@pytest.mark.timeout(300)
def test_a_draft_of_this_state(tmp_path: Path) -> None:
    out = tmp_path / "dist"
    release.main(out, is_draft=True, has_image=False)
    number = version("jobsvc")
    subprocess.run(["sha256sum", "--check", "--quiet", release.SUMS], cwd=out, check=True)
    with zipfile.ZipFile(out / f"jobsvc-{number}-py3-none-any.whl") as wheel:
        assert "jobsvc/migrations/env.py" in wheel.namelist()
        assert {item.date_time[0] >= 2026 for item in wheel.infolist()} == {True}
    bill = json.loads((out / f"jobsvc-{number}.cdx.json").read_text())
    assert (bill["bomFormat"], bill["metadata"]["component"]["name"]) == ("CycloneDX", "jobsvc")
    assert {"fastapi", "asyncpg"} <= {item["name"] for item in bill["components"]}
    assert json.loads((out / f"jobsvc-{number}-openapi-v3-3.0.json").read_text())["openapi"] == "3.0.3"
    with pytest.raises(NotReleasable, match="not empty"):
        release.main(out, is_draft=True, has_image=False)


def test_documents_of_another_version_are_not_released(tmp_path: Path) -> None:
    with pytest.raises(NotReleasable, match="run `make openapi`"):
        release.write_documents(tmp_path, "99.0.0")


def test_an_image_that_cannot_be_built_says_so(tmp_path: Path) -> None:
    (tmp_path / "podman").write_text('#!/bin/sh\n[ "$1" = info ]\n')
    (tmp_path / "podman").chmod(0o755)
    with pytest.raises(NotReleasable, match="podman cannot build the image"):
        release.image("1.2.0", str(tmp_path))


def test_without_a_runtime_there_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    assert release.image("1.2.0", str(tmp_path)).startswith("no image")
