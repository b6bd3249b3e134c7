"""Whether a job will be tried again, and why or why not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from jobsvc.domain.status import JobStatus

FINAL = {
    JobStatus.COMPLETED: "It is completed.",
    JobStatus.CANCELED: "It was canceled: requeue it to have it run again.",
    JobStatus.FAILED: "",
}
"""The statuses that a job keeps by itself, and why; a failure has its own reasons."""


class RetryOutlook(NamedTuple):
    """What is known of a further try at this moment.

    `is_expected` is None where it depends on how the present try ends; `at` is when the next one may begin at the earliest,
    None for at once; `tries_left` are those after the present or the last one. `policy` is the one that decides, or has decided
    by its `rule` (from 1 on).
    """

    is_expected: bool | None
    reason: str
    at: datetime | None
    tries_left: int
    policy: str | None = None
    rule: int | None = None


class RetryFacts(NamedTuple):
    """What bears on it; `error` is the one that the job failed with, `retries_error` whether its kind is tried again.

    `policy` is the one of the job type, `noted` what a policy decided of the last try, when it failed.
    """

    status: JobStatus
    num_exes: int
    max_tries: int
    is_superseded: bool = False
    error: str | None = None
    retries_error: bool = False
    not_before: datetime | None = None
    policy: str | None = None
    noted: Mapping[str, Any] | None = None


def retry_outlook(facts: RetryFacts) -> RetryOutlook:
    """What to expect: see `transitions.fail` for what decides."""
    left = max(0, facts.max_tries - facts.num_exes)
    is_expected, reason = _expected(facts, left)
    noted = facts.noted or {"policy": facts.policy}
    return RetryOutlook(
        is_expected, reason, facts.not_before if is_expected else None, left, noted.get("policy"), noted.get("rule")
    )


def _expected(facts: RetryFacts, left: int) -> tuple[bool | None, str]:
    if facts.status in FINAL:
        return False, _why_failed(facts, left) if facts.status is JobStatus.FAILED else FINAL[facts.status]
    if facts.status is JobStatus.QUEUED and facts.num_exes > 1:
        return True, _why_again(facts)
    if facts.is_superseded:
        return False, "It is superseded: a failure is final."
    if facts.policy:
        return None, f"If it fails, the policy {facts.policy} decides."
    return (None, "If it fails with an error that is tried again.") if left else (False, "No try is left after this one.")


def _why_again(facts: RetryFacts) -> str:
    # A policy may allow more tries than the job has.
    tries = f"It waits for try {facts.num_exes} of at most {max(facts.max_tries, facts.num_exes)}."
    return f"{tries} {facts.noted['reason']}" if facts.noted else tries


def _why_failed(facts: RetryFacts, left: int) -> str:
    if facts.noted:
        return f"{facts.noted['reason']} Requeue it when the cause is gone."
    if facts.is_superseded:
        return "It is superseded."
    if not facts.retries_error:
        return f"Its error {facts.error or 'is not known, and'} is not tried again: requeue it when the cause is gone."
    return "It could be tried again, but was not." if left else f"All {facts.max_tries} tries are used: requeue it for more."
