"""What is shown of a job's usage, when it is known in part."""

from typing import Any, cast

import pytest

from jobsvc.cli import job_view
from jobsvc.client.models import ExecutionDetails


@pytest.mark.parametrize(
    ("task_results", "shown"),
    [
        (None, ""),
        ({"version": "1.0", "tasks": []}, ""),
        ({"tasks": [{"exit_code": 0}]}, ""),
        ({"tasks": [{"usage": None}]}, ""),
        ({"tasks": [{"usage": {"cpu_seconds": 0.0, "peak_memory": None}}]}, "0.00 s of CPU"),
        ({"tasks": [{"usage": {"cpu_seconds": None, "peak_memory": 1.0}}]}, "1.0 MB of memory"),
        ({"tasks": [{"usage": {"cpu_seconds": 125.0, "peak_memory": 2048.0}}]}, "2m 05s of CPU, 2.1 GB of memory"),
    ],
)
def test_usage(task_results: Any, shown: str) -> None:
    assert job_view.usage(cast("ExecutionDetails", {"task_results": task_results})) == shown


def test_nothing_ran() -> None:
    assert job_view.usage(None) == ""
