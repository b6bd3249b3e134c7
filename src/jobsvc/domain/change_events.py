"""Events: what was changed, when and by whom, in one sequence for all (docs/adr/0023-events.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from jobsvc.domain.filters import Ids, Texts


class EventType(StrEnum):
    """What became of what."""

    JOB_PENDING = "job.pending"
    JOB_BLOCKED = "job.blocked"
    JOB_QUEUED = "job.queued"
    JOB_STARTED = "job.started"
    JOB_COMPLETED = "job.completed"
    JOB_FAILED = "job.failed"
    JOB_CANCELED = "job.canceled"
    JOB_REQUEUED = "job.requeued"
    JOB_SUPERSEDED = "job.superseded"
    JOB_CHANGED = "job.changed"
    JOB_PURGED = "job.purged"
    EXECUTION_STARTED = "execution.started"
    EXECUTION_COMPLETED = "execution.completed"
    EXECUTION_FAILED = "execution.failed"
    EXECUTION_CANCELED = "execution.canceled"
    BULK_ACCEPTED = "bulk.accepted"
    BULK_STARTED = "bulk.started"
    BULK_COMPLETED = "bulk.completed"
    BULK_STOPPED = "bulk.stopped"
    JOB_TYPE_CREATED = "job_type.created"
    JOB_TYPE_CHANGED = "job_type.changed"
    NODE_CREATED = "node.created"
    NODE_CHANGED = "node.changed"
    SCHEDULER_CHANGED = "scheduler.changed"
    WORKER_STARTED = "worker.started"
    WORKER_STOPPED = "worker.stopped"
    TOKEN_CREATED = "token.created"  # noqa: S105 - a kind of event
    TOKEN_REVOKED = "token.revoked"  # noqa: S105 - a kind of event
    POLICY_CREATED = "policy.created"
    POLICY_CHANGED = "policy.changed"
    POLICY_DELETED = "policy.deleted"
    BREAKER_OPENED = "breaker.opened"
    BREAKER_HALF_OPENED = "breaker.half_opened"
    BREAKER_CLOSED = "breaker.closed"
    WEBHOOK_DISABLED = "webhook.disabled"


class ChangeEvent(NamedTuple):
    """A change. What it is about has its id here; `data` is what is known beside, as the statuses before and after."""

    seq: int
    time: datetime
    type: str
    job_id: int | None
    job_type_id: int | None
    job_type_name: str | None
    job_type_version: str | None
    batch_id: int | None
    recipe_id: int | None
    execution_id: int | None
    exe_num: int | None
    bulk_operation_id: int | None
    node_id: int | None
    worker_id: str | None
    actor: str | None
    data: dict[str, Any]


class EventFilter(BaseModel):
    """Criteria for events; None means no condition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    types: Texts | None = Field(None, description="Only events of these types.")
    job_type_names: Texts | None = Field(None, description="Only events of jobs, executions and job types of these names.")
    batch_ids: Ids | None = Field(None, description="Only events of jobs and executions of these batches.")
    job_ids: Ids | None = Field(None, description="Only events of these jobs and their executions.")

    def selects(self, event: ChangeEvent) -> bool:
        """Whether an event fits all criteria."""
        return (
            (self.types is None or event.type in self.types)
            and (self.job_type_names is None or event.job_type_name in self.job_type_names)
            and (self.batch_ids is None or event.batch_id in self.batch_ids)
            and (self.job_ids is None or event.job_id in self.job_ids)
        )


class Horizon(NamedTuple):
    """The last number of the sequence, and the transactions that may still write events up to it."""

    last: int
    writers: frozenset[str]


class EventHorizon:
    """Up to where all events are known.

    A number is drawn in a transaction that is committed later, or never; numbers of others may be seen before. So an event is
    only shown when each transaction is over that was open when the last number up to it had been drawn.
    """

    def __init__(self) -> None:
        self.decided = 0
        self.last = 0
        self._open: list[tuple[int, frozenset[str]]] = []

    def note(self, horizon: Horizon) -> int:
        """Take a look into account, in the sequence in which looks were made; returns up to where all is decided."""
        if horizon.last < self.last:
            # Another database, or an older state of it.
            self.decided, self.last, self._open = 0, 0, []
        if horizon.last > self.last:
            self._open.append((horizon.last, horizon.writers))
        self.last = horizon.last
        self._open = [(last, writers & horizon.writers) for last, writers in self._open]
        self.decided = max([self.decided, *(last for last, writers in self._open if not writers)])
        self._open = _kept(self._open, self.decided)
        return self.decided

    @property
    def is_settled(self) -> bool:
        """Whether everything is known up to the last number."""
        return self.decided == self.last


def _kept(positions: list[tuple[int, frozenset[str]]], decided: int) -> list[tuple[int, frozenset[str]]]:
    """Those that can be decided before a later one is, which waits for no others: so a long transaction makes no long list."""
    kept: list[tuple[int, frozenset[str]]] = []
    for last, writers in reversed(positions):
        if last > decided and not (kept and kept[-1][1] <= writers):
            kept.append((last, writers))
    return kept[::-1]
