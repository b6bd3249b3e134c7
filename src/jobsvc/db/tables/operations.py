"""The service's own affairs: nodes and workers, the scheduler's switch, bulk operations, idempotency keys."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin, one_of, ref
from jobsvc.domain.status import BulkKind, BulkState, QueueMode


class NodeRow(TimestampMixin, Base):
    """A host on which executions run."""

    __tablename__ = "node"

    id: Mapped[Key]
    hostname: Mapped[str] = mapped_column(unique=True)
    port: Mapped[int] = mapped_column(server_default=text("0"))
    slave_id: Mapped[str] = mapped_column(server_default=text("''"))
    pause_reason: Mapped[str | None]
    is_paused: Mapped[bool] = mapped_column(server_default=text("false"))
    is_paused_errors: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    resources: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    deprecated: Mapped[datetime | None]
    last_offer: Mapped[datetime | None]


class WorkerRow(Base):
    """A worker process that is alive, or was when it last said so."""

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[int] = ref("node")
    pid: Mapped[int]
    slots: Mapped[int]
    engines: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    engines_on_host: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    """Those whose runs take their resources of the node."""
    started: Mapped[datetime]
    heartbeat: Mapped[datetime]


class SchedulerRow(Base):
    """The one row of switches that hold for all workers."""

    __tablename__ = "scheduler"
    __table_args__ = (CheckConstraint("id = 1", name="singleton"), one_of("queue_mode", QueueMode))

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    is_paused: Mapped[bool] = mapped_column(server_default=text("false"))
    queue_mode: Mapped[str] = mapped_column(server_default=text("'FIFO'"))
    framework_id: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text"))
    cursor_key: Mapped[str] = mapped_column(server_default=text("gen_random_uuid()::text || gen_random_uuid()::text"))
    """What cursors of lists are signed with; nothing shows it."""
    last_modified: Mapped[datetime] = mapped_column(server_default=text("now()"))


class BulkOperationRow(TimestampMixin, Base):
    """A stored command with a filter, worked off in chunks over many jobs; the row is the truth of how far it is."""

    __tablename__ = "bulk_operation"
    __table_args__ = (
        one_of("kind", BulkKind),
        one_of("state", BulkState),
        CheckConstraint("(state IN ('COMPLETED', 'STOPPED')) = (ended IS NOT NULL)", name="ended"),
        Index("ix_bulk_operation_open", "id", postgresql_where=text("ended IS NULL")),
    )

    id: Mapped[Key]
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'ACCEPTED'"))
    filter: Mapped[dict[str, Any]]
    priority: Mapped[int | None]
    requested_by: Mapped[str | None]
    max_job_id: Mapped[int]
    last_job_id: Mapped[int | None]
    matched: Mapped[int | None]
    processed: Mapped[int] = mapped_column(server_default=text("0"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    not_eligible: Mapped[int] = mapped_column(server_default=text("0"))
    conflict: Mapped[int] = mapped_column(server_default=text("0"))
    error: Mapped[int] = mapped_column(server_default=text("0"))
    stop_requested: Mapped[bool] = mapped_column(server_default=text("false"))
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]


class IdempotencyKeyRow(Base):
    """The job, or the jobs, that a POST with this key has made, and a digest of what was posted."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        Index("ix_idempotency_key_created", "created"),
        Index("ix_idempotency_key_job_id", "job_id", postgresql_where=text("job_id IS NOT NULL")),
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    body_digest: Mapped[str]
    job_id: Mapped[int | None] = ref("job")
    """Of a request for one job."""
    job_ids: Mapped[list[int] | None]
    """Of a request for many: in the sequence in which they were given, those that were made."""
    refused: Mapped[dict[str, Any] | None]
    """The status and the text of the others, by their place in the request."""
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))
