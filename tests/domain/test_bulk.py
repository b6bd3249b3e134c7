"""Bulk operations: how far one is, when it will be done, and what it would do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.bulk import TRANSITIONS, BulkOperation, JobGroup, Preview, after_uncancel, preview
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import BulkKind, BulkState, JobStatus
from jobsvc.domain.transitions import Enqueue, enqueue

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATER = NOON + 10 * SECOND
ACCEPTED = BulkOperation(
    id=1,
    kind=BulkKind.CANCEL,
    state=BulkState.ACCEPTED,
    filter=JobFilter(),
    priority=None,
    requested_by=None,
    max_job_id=100,
    last_job_id=None,
    matched=None,
    processed=0,
    done=0,
    not_eligible=0,
    conflict=0,
    error=0,
    stop_requested=False,
    created=NOON,
    started=None,
    ended=None,
)
RUNNING = replace(ACCEPTED, state=BulkState.RUNNING, started=NOON, matched=60, processed=20)
COMPLETED = replace(RUNNING, state=BulkState.COMPLETED, processed=60, ended=NOON + 5 * SECOND)
JOB = JobState(1, JobStatus.FAILED, 1, 3, 3, has_input=True, is_superseded=False)


def test_every_kind_has_its_transition() -> None:
    assert set(TRANSITIONS) == set(BulkKind) - {BulkKind.PURGE}


@pytest.mark.parametrize(
    ("operation", "now", "rate", "end"),
    [
        (ACCEPTED, LATER, None, None),
        (RUNNING, LATER, 2.0, LATER + 20 * SECOND),
        (RUNNING, NOON, None, None),
        (replace(RUNNING, processed=0), LATER, 0.0, None),
        (replace(RUNNING, matched=None), LATER, 2.0, None),
        (replace(RUNNING, processed=70), LATER, 7.0, LATER),
        (COMPLETED, LATER, 12.0, None),
    ],
    ids=["accepted", "running", "at once", "not yet", "uncounted", "more than expected", "completed"],
)
def test_how_fast_it_is_and_when_it_will_be_done(
    operation: BulkOperation, now: datetime, rate: float | None, end: datetime | None
) -> None:
    assert operation.rate(now) == rate
    assert operation.expected_end(now) == end


GROUPS = [
    JobGroup(JOB, job_type_id=2, count=5),
    JobGroup(replace(JOB, is_superseded=True), job_type_id=2, count=3),
    JobGroup(replace(JOB, status=JobStatus.COMPLETED), job_type_id=1, count=2),
    JobGroup(replace(JOB, status=JobStatus.CANCELED, num_exes=0), job_type_id=1, count=1),
]


@pytest.mark.parametrize(("kind", "eligible"), [(BulkKind.CANCEL, 8), (BulkKind.REQUEUE, 6)])
def test_a_preview_counts_what_the_transition_says(kind: BulkKind, eligible: int) -> None:
    by_status = {"CANCELED": 1, "COMPLETED": 2, "FAILED": 8}
    assert preview(kind, GROUPS) == Preview(11, eligible, by_status, by_job_type={1: 3, 2: 8})


def test_a_preview_of_nothing() -> None:
    assert preview(BulkKind.CANCEL, []) == Preview(0, 0, {}, {})


def test_a_job_can_be_queued_after_an_uncancel() -> None:
    uncanceled = after_uncancel(replace(JOB, status=JobStatus.CANCELED, num_exes=0))
    assert enqueue(uncanceled) == Enqueue(1, 1, 3)
