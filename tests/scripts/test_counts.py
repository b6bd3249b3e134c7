"""The last line of a run of all tests: what several runners counted, added up."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.counts import total

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError

@pytest.mark.parametrize("number", range(3))
def test_passes(number):
    pass

def test_fails():
    assert False

def test_has_no_fixture(broken):
    pass
"""


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "distributed"])
def test_runs_are_added_up(tmp_path: Path, options: list[str]) -> None:
    (tmp_path / "conftest.py").write_text("from tests.counts import pytest_terminal_summary\n")
    (tmp_path / "test_some.py").write_text(TESTS)
    counts = tmp_path / "counts"
    variables = os.environ | {"JOBSVC_TEST_COUNTS": str(counts), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(tmp_path), str(tmp_path), *options]
    for _ in range(2):
        assert subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, check=False).returncode == 1
    assert total(counts) == (6, 4)
    shown = subprocess.run([sys.executable, "-m", "tests.counts", counts], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == "6 passed, 4 failed\n"


def test_nothing_counted_is_said_too(tmp_path: Path) -> None:
    assert total(tmp_path / "missing") == (0, 0)
