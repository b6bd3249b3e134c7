"""The S3 server of the tests: `python -m scripts.versitygw` builds it once, in this version, into the user's cache directory."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import platformdirs

VERSION = "v1.8.0"
_MODULE = "github.com/versity/versitygw/cmd/versitygw"
_BUILD_LIMIT = 1800.0  # seconds; two minutes of CPU


class VersitygwUnavailable(RuntimeError):
    """The server cannot be had on this machine; the text says why, and what helps."""


def program() -> Path:
    """The path of the server, which is built first if it is not there. Raises VersitygwUnavailable."""
    path = platformdirs.user_cache_path("jobsvc") / f"versitygw-{VERSION}" / "versitygw"
    if not path.exists():
        _build(path)
    return path


def _build(path: Path) -> None:
    go = shutil.which("go")
    if go is None:
        raise VersitygwUnavailable("Go, to build an S3 server with, is not installed (1.25 or newer)")
    path.parent.mkdir(parents=True, exist_ok=True)
    variables = os.environ | {"GOBIN": str(path.parent), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}
    command = [go, "install", "-ldflags", "-s -w", f"{_MODULE}@{VERSION}"]
    built = subprocess.run(  # noqa: S603
        command, cwd=path.parent, env=variables, capture_output=True, text=True, check=False, timeout=_BUILD_LIMIT
    )
    if built.returncode != 0:
        raise VersitygwUnavailable(f"versitygw {VERSION} could not be built: {built.stderr.strip().splitlines()[-1]}")


if __name__ == "__main__":
    try:
        print(program())
    except VersitygwUnavailable as error:
        sys.exit(str(error))
