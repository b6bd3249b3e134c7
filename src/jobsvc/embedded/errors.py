"""Error messages of the embedded server when it cannot run."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OWN_DATABASE = "Or set JOBSVC_DATABASE_URL to a PostgreSQL of your own."
_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}
_NO_SPACE_TEXTS = ("No space left on device", "Disk quota exceeded", "Check free disk space")
_SHOWN_LINES = 8


class EmbeddedUnavailable(RuntimeError):
    """The private PostgreSQL cannot run here; the text says what is wrong, where, and what to do."""

    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(f"{problem}\n{remedy} {_OWN_DATABASE}")


def disk_full(place: Path, details: str) -> EmbeddedUnavailable:
    """The error for a disk without room; `details` are the words of whoever met it."""
    return EmbeddedUnavailable(
        f"The disk that holds {place} is full: {details}",
        "Free some space, or set JOBSVC_DATA_DIR to a directory on another disk.",
    )


def program_failed(what: str, output: str, place: Path, log: Path | None = None) -> EmbeddedUnavailable:
    """The error for a program of PostgreSQL that failed, with the last lines of its `output`."""
    lines = [line for line in output.splitlines() if line.strip()][-_SHOWN_LINES:]
    details = "\n  ".join(["", *lines]) if lines else " it said nothing"
    if any(text in output for text in _NO_SPACE_TEXTS):
        return disk_full(place, details.lstrip())
    remedy = f"More may be in {log}." if log else f"The data directory is {place}."
    return EmbeddedUnavailable(f"{what}:{details}", remedy)


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn an `OSError` met while working in `place` into `EmbeddedUnavailable`."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise disk_full(place, str(error)) from error
        raise EmbeddedUnavailable(
            f"The embedded PostgreSQL cannot use {place}: {error}",
            "Make it usable, or set JOBSVC_DATA_DIR to another directory.",
        ) from error
