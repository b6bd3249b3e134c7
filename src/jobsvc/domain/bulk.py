"""Bulk operations: commands over many jobs, what they would do and how far they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from jobsvc.domain import transitions
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import BulkKind, BulkState, JobStatus
from jobsvc.domain.transitions import Cancel, Enqueue, TransitionRejected, Uncancel

KeyT = TypeVar("KeyT", str, int)
Result = Cancel | Enqueue | Uncancel | TransitionRejected
TRANSITIONS: Mapping[BulkKind, Callable[[JobState], Result]] = {
    BulkKind.CANCEL: transitions.cancel,
    BulkKind.REQUEUE: transitions.requeue,
}


@dataclass(frozen=True, slots=True)
class BulkOperation:
    """A stored command over many jobs; counts are in jobs, `matched` is None until the work has begun."""

    id: int
    kind: BulkKind
    state: BulkState
    filter: JobFilter
    priority: int | None
    requested_by: str | None
    max_job_id: int
    last_job_id: int | None
    matched: int | None
    processed: int
    done: int
    not_eligible: int
    conflict: int
    error: int
    stop_requested: bool
    created: datetime
    started: datetime | None
    ended: datetime | None

    def rate(self, now: datetime) -> float | None:
        """Jobs a second since the work began; None before that."""
        if self.started is None:
            return None
        seconds = ((self.ended or now) - self.started).total_seconds()
        return self.processed / seconds if seconds > 0 else None

    def expected_end(self, now: datetime) -> datetime | None:
        """When the work will be done at this rate; None when it is done, or when nothing can be said."""
        rate = self.rate(now)
        if self.ended is not None or self.matched is None or not rate:
            return None
        return now + timedelta(seconds=max(0, self.matched - self.processed) / rate)


@dataclass(frozen=True, slots=True)
class JobGroup:
    """Jobs that a bulk operation treats alike: one of them stands for `count`."""

    state: JobState
    job_type_id: int
    count: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an operation would do: jobs in all, those that would change, and those by status and by job type."""

    matched: int
    eligible: int
    by_status: Mapping[str, int]
    by_job_type: Mapping[int, int]


def preview(kind: BulkKind, groups: Sequence[JobGroup]) -> Preview:
    """Count what the operation's own transition says of each group, so that preview and effect cannot differ."""
    transition = TRANSITIONS[kind]
    return Preview(
        matched=sum(group.count for group in groups),
        eligible=sum(group.count for group in groups if not isinstance(transition(group.state), TransitionRejected)),
        by_status=_totals([(str(group.state.status), group.count) for group in groups]),
        by_job_type=_totals([(group.job_type_id, group.count) for group in groups]),
    )


def after_uncancel(job: JobState) -> JobState:
    """The job as it is once an uncancel has been written."""
    return replace(job, status=JobStatus.PENDING)


def _totals(pairs: Sequence[tuple[KeyT, int]]) -> dict[KeyT, int]:
    totals: dict[KeyT, int] = {}
    for key, count in pairs:
        totals[key] = totals.get(key, 0) + count
    return dict(sorted(totals.items()))
