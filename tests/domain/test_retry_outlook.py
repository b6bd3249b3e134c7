"""Whether a job will be tried again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jobsvc.domain.retry_outlook import RetryFacts, RetryOutlook, retry_outlook
from jobsvc.domain.status import JobStatus

SOON = datetime(2026, 1, 1, tzinfo=UTC)
NOTED = {"policy": "q", "rule": 4, "reason": "Because."}
DEPENDS = "If it fails with an error that is tried again."


@pytest.mark.parametrize(
    ("status", "facts", "outlook"),
    [
        (JobStatus.COMPLETED, {}, (False, "It is completed.", None, 2)),
        (JobStatus.CANCELED, {}, (False, "It was canceled: requeue it to have it run again.", None, 2)),
        (JobStatus.QUEUED, {}, (None, DEPENDS, None, 2)),
        (JobStatus.QUEUED, {"not_before": SOON}, (None, DEPENDS, None, 2)),
        (JobStatus.QUEUED, {"num_exes": 2, "not_before": SOON}, (True, "It waits for try 2 of at most 3.", SOON, 1)),
        (JobStatus.QUEUED, {"num_exes": 3}, (True, "It waits for try 3 of at most 3.", None, 0)),
        (JobStatus.RUNNING, {"num_exes": 3}, (False, "No try is left after this one.", None, 0)),
        (JobStatus.RUNNING, {"num_exes": 2}, (None, DEPENDS, None, 1)),
        (JobStatus.RUNNING, {"is_superseded": True}, (False, "It is superseded: a failure is final.", None, 2)),
        (JobStatus.PENDING, {"num_exes": 0}, (None, DEPENDS, None, 3)),
        (JobStatus.FAILED, {"is_superseded": True}, (False, "It is superseded.", None, 2)),
        (
            JobStatus.FAILED,
            {"error": "bad-input"},
            (False, "Its error bad-input is not tried again: requeue it when the cause is gone.", None, 2),
        ),
        (
            JobStatus.FAILED,
            {},
            (False, "Its error is not known, and is not tried again: requeue it when the cause is gone.", None, 2),
        ),
        (JobStatus.FAILED, {"retries_error": True}, (False, "It could be tried again, but was not.", None, 2)),
        (
            JobStatus.FAILED,
            {"retries_error": True, "num_exes": 4},
            (False, "All 3 tries are used: requeue it for more.", None, 0),
        ),
        (JobStatus.RUNNING, {"policy": "p"}, (None, "If it fails, the policy p decides.", None, 2, "p")),
        (JobStatus.RUNNING, {"policy": "p", "num_exes": 3}, (None, "If it fails, the policy p decides.", None, 0, "p")),
        (JobStatus.FAILED, {"noted": NOTED}, (False, "Because. Requeue it when the cause is gone.", None, 2, "q", 4)),
        (
            JobStatus.QUEUED,
            {"num_exes": 5, "noted": NOTED, "policy": "p"},
            (True, "It waits for try 5 of at most 5. Because.", None, 0, "q", 4),
        ),
    ],
)
def test_what_to_expect(status: JobStatus, facts: dict[str, Any], outlook: tuple[Any, ...]) -> None:
    assert retry_outlook(RetryFacts(**{"status": status, "num_exes": 1, "max_tries": 3, **facts})) == RetryOutlook(*outlook)
