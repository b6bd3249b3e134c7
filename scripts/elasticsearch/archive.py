"""The archive of the server: fetched by Maven, checked, unpacked into the user's cache directory."""

import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path

import platformdirs

from scripts.elasticsearch.errors import ElasticsearchUnavailable

VERSION = "8.19.21"
SHA256 = "215d5f3dbf0609a149f6218a9e47b6ae2df34ebbff3c5754e35f15a5e5393c8a"

_ARTIFACT = f"org.elasticsearch.distribution.integ-test-zip:elasticsearch:{VERSION}:zip"
_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy"
_FETCH_LIMIT = 600.0  # seconds, for 107 MB
_SHOWN = 160  # characters of what Maven says


def home() -> Path:
    """Where the unpacked server is, or will be: below XDG_CACHE_HOME where that is set."""
    return platformdirs.user_cache_path("jobsvc") / f"elasticsearch-{VERSION}"


def fetch() -> Path:
    """Give the directory of the unpacked server, fetching it first if it is not there.

    Several processes may do so at once: whoever is first with the whole of it wins.
    Raises `ElasticsearchUnavailable`.
    """
    if not home().exists():
        home().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home().parent, prefix="fetching-") as draft:
            _put_in_place(unpack(_download(Path(draft))))
    return home()


def _download(directory: Path) -> Path:
    """Have Maven find the archive: its own settings say where, and through which proxy or mirror."""
    maven = shutil.which("mvn")
    if maven is None:
        raise ElasticsearchUnavailable("Maven, to fetch Elasticsearch with, is not installed")
    command = [
        maven,
        "--batch-mode",
        "--quiet",
        "-Dstyle.color=never",
        _GOAL,
        f"-Dartifact={_ARTIFACT}",
        f"-DoutputDirectory={directory}",
    ]
    try:
        # Outside of the project, so that no file around here is taken for a part of the build.
        subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True, timeout=_FETCH_LIMIT)  # noqa: S603
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise ElasticsearchUnavailable(f"Maven could not fetch Elasticsearch {VERSION}: {_reason(error)}") from error
    return directory / f"elasticsearch-{VERSION}.zip"


def _reason(error: subprocess.CalledProcessError | subprocess.TimeoutExpired) -> str:
    if isinstance(error, subprocess.TimeoutExpired):
        return f"not done after {error.timeout:.0f} s"
    errors = [line.partition("[ERROR] ")[2] for line in error.stdout.splitlines() if "[ERROR] " in line]
    return errors[0][:_SHOWN] if errors else f"exit code {error.returncode}"


def unpack(archive: Path) -> Path:
    """Unpack the archive beside itself if it is the expected one, else raise `ElasticsearchUnavailable`."""
    with archive.open("rb") as file:
        result = hashlib.file_digest(file, "sha256").hexdigest()
    if result != SHA256:
        raise ElasticsearchUnavailable(f"{archive.name} has the SHA-256 {result}, and {SHA256} was expected")
    shutil.unpack_archive(archive, archive.parent)
    unpacked = archive.parent / f"elasticsearch-{VERSION}"
    (unpacked / "bin" / "elasticsearch").chmod(0o755)  # archives of this kind lose it
    return unpacked


def _put_in_place(unpacked: Path) -> None:
    try:
        unpacked.rename(home())
    except OSError:
        if not home().exists():  # else another process was first
            raise
