"""The import rules of `[tool.importlinter]` hold."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOT_THERE = ("fastapi", "sqlalchemy", "httpx", "uvicorn", "elasticsearch", "asyncpg")

FORBIDDEN = ("socket.connect", "socket.bind", "subprocess.Popen", "os.posix_spawn")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_imports_point_where_they_may() -> None:
    linted = run(str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo")
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("module", ["jobsvc", "jobsvc.domain.records", "jobsvc.ports.engine", "jobsvc.settings"])
def test_what_is_low_needs_little(module: str) -> None:
    program = f"import sys, {module}; print(*sorted(set({NOT_THERE!r}) & set(sys.modules)))"
    assert run(sys.executable, "-c", program).stdout == "\n"


def test_an_import_opens_nothing_and_reads_no_settings() -> None:
    everything = "jobsvc.app, jobsvc.wiring, jobsvc.worker.loop, jobsvc.stack, jobsvc.client, jobsvc.cli.app"
    program = f"import sys; sys.addaudithook(lambda event, _: event in {FORBIDDEN!r} and sys.exit(event)); import {everything}"
    wrong = {"JOBSVC_PORT": "none"}
    imported = subprocess.run([sys.executable, "-I", "-c", program], env=wrong, capture_output=True, text=True, check=False)
    assert (imported.returncode, imported.stderr) == (0, "")
