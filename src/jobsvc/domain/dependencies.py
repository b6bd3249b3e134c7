"""Jobs that start after others have COMPLETED (docs/guide/dependencies.md)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.pending import PendingReason
from jobsvc.domain.status import JobStatus

MOST_PARENTS = 1000
NAMED = 10
"""Parents that a reason names; it counts the others."""
BLOCKING = frozenset({JobStatus.FAILED, JobStatus.CANCELED, JobStatus.BLOCKED})


class Parent(NamedTuple):
    """A job that another one waits for; `status` is None when it is there no more, `is_met` says that it has COMPLETED."""

    id: int
    status: JobStatus | None
    is_met: bool = False

    @property
    def has_completed(self) -> bool:
        """Whether nobody has to wait for it."""
        return self.is_met or self.status is JobStatus.COMPLETED

    @property
    def is_blocking(self) -> bool:
        """Whether it will not complete unless somebody does something."""
        return not self.has_completed and (self.status is None or self.status in BLOCKING)


def parents_of(after: Sequence[int], known: Sequence[Parent]) -> tuple[Parent, ...]:
    """The parents that a new job names, each of them once.

    Raises:
        InvalidRequest: There are too many, or one is not there.
    """
    ids = dict.fromkeys(after)
    if len(ids) > MOST_PARENTS:
        raise InvalidRequest(f"after: names more than {MOST_PARENTS:,} jobs.")
    by_id = {parent.id: parent for parent in known}
    for parent_id in ids:
        if parent_id not in by_id:
            raise InvalidRequest(f"after: there is no job {parent_id}.")
    return tuple(by_id[parent_id] for parent_id in ids)


def waiting_status(parents: Sequence[Parent]) -> JobStatus:
    """QUEUED when all parents have COMPLETED, BLOCKED when one will not by itself, else PENDING."""
    if all(parent.has_completed for parent in parents):
        return JobStatus.QUEUED
    return JobStatus.BLOCKED if any(parent.is_blocking for parent in parents) else JobStatus.PENDING


def waiting_reasons(parents: Sequence[Parent], since: datetime | None) -> tuple[PendingReason, ...]:
    """What a job waits for that is PENDING or BLOCKED, and has been since a time."""
    return tuple(_reasons(parents, since))


def _reasons(parents: Sequence[Parent], since: datetime | None) -> Iterator[PendingReason]:
    blocking = [parent for parent in parents if parent.is_blocking]
    others = [parent for parent in parents if not parent.has_completed and not parent.is_blocking]
    if blocking:
        text = f"{_named(blocking)} will not complete: requeue what failed or was canceled, or cancel this job."
        yield PendingReason("parents-failed", text, since)
    if others:
        yield PendingReason("parents", f"It starts after {_named(others)}.", since)


def _named(parents: Sequence[Parent]) -> str:
    names = [f"{parent.id} ({parent.status or 'removed'})" for parent in parents[:NAMED]]
    more = f" and {len(parents) - NAMED:,} more" if len(parents) > NAMED else ""
    return f"job{'' if len(parents) == 1 else 's'} {', '.join(names)}{more}"
