"""What the locks say is what is installed, whatever an index has gained since they were made."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.install.local_index import pins, publish

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-embedded.lock", "requirements-dev.lock")
BUILD = {"editables", "hatchling", "packaging", "pathspec", "pluggy", "trove-classifiers"}
"""What the project itself is installed with."""
OWN = {"jobsvc", "pip", "setuptools", "wheel"}
"""What an environment has besides: the project, and what a new environment comes with."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an install reads of a checkout, in a path with a blank, beside an index whose releases are all newer."""
    place = tmp_path_factory.mktemp("a path with a blank")
    for name in ("Makefile", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, place)
    for name in ("src", "migrations", "examples"):
        shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in LOCKS:
        (place / name).write_text(publish(place / "index", (ROOT / name).read_text(), BUILD))
    return place


def test_an_install_gives_the_locked_releases_though_the_index_has_newer_ones(checkout: Path) -> None:
    made = make(checkout, ".venv/developing")
    assert made.returncode == 0, made.stdout + made.stderr
    listed = subprocess.run(
        [checkout / ".venv/bin/python", "-m", "pip", "list", "--format=json"], capture_output=True, text=True, check=True
    )
    installed: dict[str, str] = {canonicalize_name(package["name"]): package["version"] for package in json.loads(listed.stdout)}
    locked = {name: pin for lock in LOCKS for name, pin in pins((ROOT / lock).read_text()).items()}
    assert set(installed) - OWN == set(locked) - OWN
    assert [name for name, pin in locked.items() if installed[name] not in pin.specifier] == []


def test_a_lock_that_lacks_a_package_is_said_so(checkout: Path) -> None:
    lock = checkout / "requirements-dev.lock"
    whole = lock.read_text()
    lock.write_text(re.sub(r"(?m)^coverage==.*\n", "", whole))
    shutil.rmtree(checkout / ".venv", ignore_errors=True)
    made = make(checkout, ".venv/developing")
    lock.write_text(whole)
    assert made.returncode != 0
    assert "pytest-cov" in made.stderr
    assert "requires coverage, which is not installed" in made.stderr


@pytest.mark.parametrize("name", ["Makefile", "Dockerfile", ".ci/run"])
def test_nothing_is_installed_from_a_lock_with_its_dependencies_resolved(name: str) -> None:
    text = (ROOT / name).read_text()
    installs = [line for line in text.splitlines() if "pip install" in line]
    assert [line for line in installs if "--no-deps" not in line] == []


def test_packages_for_node_are_pinned_with_their_digests() -> None:
    lock = json.loads((ROOT / "clients/package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, package in packages.items() if not package.get("integrity")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


def make(checkout: Path, target: str) -> "subprocess.CompletedProcess[str]":
    """Run make with the local index alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_", "MAKE", "MFLAGS"))}
    variables = kept | {
        "PIP_INDEX_URL": (checkout / "index").as_uri(),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_CACHE_DIR": "1",
        "PYTHON": sys.executable,
    }
    return subprocess.run(["make", target], cwd=checkout, env=variables, capture_output=True, text=True, check=False)
