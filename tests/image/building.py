"""Builds the image of this project with Podman: the Dockerfile as it is, its packages from a directory, no network."""

import os
import subprocess
import sys
from pathlib import Path

from scripts.base_image import SYSTEM_PYTHON

from jobsvc.file_lock import FileLock
from tests.image.base import build_base

ROOT = Path(__file__).parents[2]
BASE, TAG = "localhost/jobsvc-base", "1"
IMAGE = "localhost/jobsvc:test"
VERSION = "0.0.1"
CLOSED = ("--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp", "--cap-drop=all", "--security-opt=no-new-privileges")
"""Options of a container of it: nothing is allowed that is not needed."""
LOCKS = ("requirements.lock", "requirements-embedded.lock")
BUILD_LIMIT = 500.0  # seconds
_PIP = "[global]\nno-index = true\nfind-links = /wheels\n"


class Podman:
    """The command, with the storage and configuration of a Podman of the tests."""

    def __init__(self, directory: Path) -> None:
        places = {"CONTAINERS_CONF": "containers.conf", "CONTAINERS_STORAGE_CONF": "storage.conf"}
        self._variables = os.environ | {name: str(directory / file) for name, file in places.items()}

    def __call__(self, *arguments: str) -> str:
        """Run it; what it wrote. AssertionError with its complaint when it fails."""
        ran = self._run(*arguments)
        assert ran.returncode == 0, f"{arguments}: {ran.stdout[-2000:]}{ran.stderr[-4000:]}"
        return ran.stdout

    def said(self, *arguments: str) -> str:
        """Run it; what it wrote on both streams, as of `podman logs`."""
        ran = self._run(*arguments)
        return ran.stdout + ran.stderr

    def code(self, *arguments: str) -> int:
        """Run it; its exit code."""
        return self._run(*arguments).returncode

    def _run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["podman", *arguments], env=self._variables, capture_output=True, text=True, check=False, timeout=400
        )


def podman_with_image(url: str) -> Podman:
    """The Podman at the socket, which has `IMAGE`: the first process of a test run that asks makes it, the others wait."""
    directory = Path(url.removeprefix("unix://")).parent
    podman, lock, place = Podman(directory), FileLock(directory / "jobsvc-image.lock"), directory / "jobsvc-image"
    assert lock.acquire(BUILD_LIMIT)
    try:
        if podman.code("image", "exists", IMAGE) != 0:
            place.mkdir(exist_ok=True)
            build_image(podman, place)
    finally:
        lock.release()
    return podman


def build_image(podman: Podman, directory: Path) -> None:
    """Make `IMAGE`; base and packages are put into the directory."""
    build_base(directory / "base.tar")
    podman("import", str(directory / "base.tar"), f"{BASE}:{TAG}")
    wheels, pip = directory / "wheels", directory / "pip.conf"
    _fetch(wheels)
    pip.write_text(_PIP)
    arguments = [f"--build-arg={name}={value}" for name, value in {"BASE": BASE, "TAG": TAG, "VERSION": VERSION}.items()]
    volumes = [f"--volume={wheels}:/wheels:ro", f"--volume={pip}:/etc/pip.conf:ro"]
    options = ["--format=docker", "--pull=never", "--network=none", "--layers=false", f"--tag={IMAGE}"]
    podman("build", *options, *arguments, *volumes, str(ROOT))


def _fetch(wheels: Path) -> None:
    """The packages of the locks, for the Python of the base."""
    asked = [str(SYSTEM_PYTHON), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    python = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    options = [
        "--quiet",
        "--require-hashes",
        "--no-deps",
        "--only-binary=:all:",
        f"--python-version={python}",
        f"--dest={wheels}",
    ]
    locks = [f"--requirement={ROOT / lock}" for lock in LOCKS]
    subprocess.run([sys.executable, "-m", "pip", "download", *options, f"--dest={wheels}", *locks], check=True)
