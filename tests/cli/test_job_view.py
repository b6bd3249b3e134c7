"""What is shown of a job's usage, when it is known in part."""

from typing import Any, cast

import pytest

from jobsvc.cli import job_view
from jobsvc.client.models import ExecutionDetails, JobDetails


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


PENDING: dict[str, Any] = {
    "reasons": [{"name": "turn", "description": "Others come first.", "since": "2020-01-01T12:00:00Z"}, {"description": "No."}],
    "place": {"number": 10_000, "is_exact": False},
    "estimate": {
        "runs": 40,
        "start_p50": "2020-01-01T12:01:00Z",
        "start_p95": "2020-01-01T12:09:00Z",
        "run_seconds_p50": 61.0,
        "run_seconds_p95": 125.0,
    },
}


def test_why_it_waits_and_what_to_expect() -> None:
    rows = dict(job_view.waits(cast("JobDetails", {"pending": PENDING})))
    assert rows["place"] == "at least 10000 in the queue"
    assert str(rows["starts"]).endswith(", as the last 40 of its type")
    assert rows["takes"] == "half up to 1m 01s, 95 of 100 up to 2m 05s"
    early = {**PENDING, "place": {"number": 1, "is_exact": True}, "estimate": {**PENDING["estimate"], "start_p50": None}}
    rows = dict(job_view.waits(cast("JobDetails", {"pending": early})))
    assert (rows["place"], "starts" in rows, rows["waits"]) == ("1 in the queue", False, "No.")


@pytest.mark.parametrize(
    ("is_expected", "left", "row"),
    [
        (True, 2, "yes: Because.  2 tries left"),
        (None, 1, "perhaps: Because.  1 try left"),
        (False, 0, "no: Because.  0 tries left"),
    ],
)
def test_whether_it_is_tried_again(is_expected: bool | None, left: int, row: str) -> None:  # noqa: FBT001 - as the service says it
    retry = {"is_expected": is_expected, "reason": "Because.", "at": None, "tries_left": left}
    assert list(job_view.again(cast("JobDetails", {"retry": retry}))) == [("again", row)]


def test_older_services_say_nothing_of_it() -> None:
    assert list(job_view.again(cast("JobDetails", {}))) == list(job_view.waits(cast("JobDetails", {}))) == []
