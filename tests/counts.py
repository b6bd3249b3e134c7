"""Adds up what several runs of tests counted, for a last line that tells of all of them.

Runs append their counts to the file of `JOBSVC_TEST_COUNTS`: pytest by the hook below, which `conftest.py` imports, others by
`add`. `python -m tests.counts FILE` prints the sum; it needs nothing that would have to be installed.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

VARIABLE = "JOBSVC_TEST_COUNTS"


def add(passed: int, failed: int) -> None:
    """Append the counts of a run to the file of the variable, if it is set. Several processes may do so at once."""
    if path := os.environ.get(VARIABLE):
        with Path(path).open("a") as file:
            file.write(f"{passed} {failed}\n")


def total(path: Path) -> tuple[int, int]:
    """The passed and the failed tests of all runs in the file."""
    runs = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return sum(int(passed) for passed, _ in runs), sum(int(failed) for _, failed in runs)


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """Count what the summary counts; a test whose fixtures fail counts as failed."""
    if hasattr(terminalreporter.config, "workerinput"):  # the controller counts for all workers of xdist
        return
    stats = terminalreporter.stats
    add(len(stats.get("passed", ())), len(stats.get("failed", ())) + len(stats.get("error", ())))


if __name__ == "__main__":
    sys.stdout.write("{} passed, {} failed\n".format(*total(Path(sys.argv[1]))))
