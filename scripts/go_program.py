"""Programs in Go that checks and tests use: built once, in one version, into the user's cache directory."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import platformdirs

_BUILD_LIMIT = 1800.0  # seconds; two minutes of CPU


class GoProgramUnavailable(RuntimeError):
    """The program cannot be had on this machine; the text says why, and what helps."""


@dataclass(frozen=True)
class GoProgram:
    """A program by its module; `go` is the oldest Go that builds it."""

    name: str
    module: str
    version: str
    go: str

    def path(self) -> Path:
        """Where it is; it is built first if it is not there. Raises GoProgramUnavailable."""
        path = platformdirs.user_cache_path("jobsvc") / f"{self.name}-{self.version}" / self.name
        if not path.exists():
            self._build(path)
        return path

    def _build(self, path: Path) -> None:
        go = shutil.which("go")
        if go is None:
            raise GoProgramUnavailable(f"Go, to build {self.name} with, is not installed ({self.go} or newer)")
        path.parent.mkdir(parents=True, exist_ok=True)
        variables = os.environ | {"GOBIN": str(path.parent), "GOFLAGS": "-trimpath", "CGO_ENABLED": "0"}
        command = [go, "install", "-ldflags", "-s -w", f"{self.module}@{self.version}"]
        # Outside of the project: a go.mod around here is not that of the program.
        built = subprocess.run(  # noqa: S603
            command, cwd=path.parent, env=variables, capture_output=True, text=True, check=False, timeout=_BUILD_LIMIT
        )
        if built.returncode != 0:
            raise GoProgramUnavailable(f"{self.name} {self.version} could not be built: {built.stderr.strip().splitlines()[-1]}")
