"""Jobs, their executions, the queue and the leases of running executions."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin, one_of, ref
from jobsvc.domain.labels import KEY_PATTERN, MAX_VALUE
from jobsvc.domain.status import ExecutionStatus, JobStatus


class SourceMetadataMixin:
    """Where and when the data were taken: over all input files (min, max, and max of the texts).

    See docs/spec/behaviour/submit.md#effects.
    """

    source_started: Mapped[datetime | None]
    source_ended: Mapped[datetime | None]
    source_sensor_class: Mapped[str | None]
    source_sensor: Mapped[str | None]
    source_collection: Mapped[str | None]
    source_task: Mapped[str | None]


def _some(name: str, *columns: Any, where: str) -> Index:
    return Index(name, *columns, postgresql_where=text(where))


def _present(name: str, column: str, *more: str) -> Index:
    """An index of the rows that have a value; most have none, and cost nothing in it."""
    return _some(name, column, *more, where=f"{column} IS NOT NULL")


_BY_CHANGE = ("last_modified", "id")
"""How lists are sorted unless another order is asked for: a filter's index ends like this, and has pages in their sequence."""
_SOURCES = ("source_sensor_class", "source_sensor", "source_collection", "source_task")
_FILTERED = (
    Index("ix_job_modified", *_BY_CHANGE, postgresql_include=["last_status_change"]),
    Index(None, "status", *_BY_CHANGE),
    Index(None, "job_type_id", "status", *_BY_CHANGE),
    Index(None, "job_type_id", "status", "error_id", "last_status_change"),
    Index("ix_job_changed", "last_status_change", "id", postgresql_include=["job_type_id", "status", "error_id"]),
    *(_present(f"ix_job_{name}", name, *_BY_CHANGE) for name in ("error_id", "recipe_id", *_SOURCES)),
    _present("ix_job_batch_id_status", "batch_id", "status", *_BY_CHANGE),
    _some("ix_job_superseded_only", *_BY_CHANGE, where="is_superseded"),
    _some(
        "ix_job_source_range",
        "source_started",
        "source_ended",
        "source_sensor",
        *_BY_CHANGE,
        where="source_started IS NOT NULL OR source_ended IS NOT NULL",
    ),
    _present("ix_job_source_ended", "source_ended", *_BY_CHANGE),
)
_OWN_PRIORITY = """(
CASE
    WHEN (configuration ->> 'priority'::text) ~ '^[1-9][0-9]{0,17}$'::text THEN (configuration ->> 'priority'::text)::bigint
    ELSE NULL::bigint
END)"""
"""None for what is no positive integer: an index must bear whatever was imported. Written as PostgreSQL shows it."""
_ORDERED = (
    *(Index(None, name, "id") for name in ("created", "queued", "started", "ended", "status", "job_type_id")),
    Index("ix_job_duration", text("(ended - started)"), "id"),
    *(_present(f"ix_job_{name}_id", name, "id") for name in ("node_id", "error_id", "batch_id", "superseded")),
    _present("ix_job_root_superseded_job_id", "root_superseded_job_id", "id"),
    # With the jobs that have none, for they are at one end of the list.
    Index(None, "event_id", "id"),
    _present("ix_job_ingest_event_id", "ingest_event_id", "id"),
    _some("ix_job_not_started", "status", "id", where="started IS NULL"),
    # Their priority and timeout are those of their type, unless they say another priority.
    _some("ix_job_never_queued", "job_type_id", "id", where="num_exes = 0"),
    _some("ix_job_own_priority", text(_OWN_PRIORITY), "id", where="num_exes = 0 AND (configuration ->> 'priority') IS NOT NULL"),
)


class JobRow(SourceMetadataMixin, TimestampMixin, Base):
    """One requested unit of work."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("status", JobStatus),
        CheckConstraint("status NOT IN ('QUEUED', 'RUNNING') OR num_exes > 0", name="num_exes_when_queued"),
        CheckConstraint("max_tries >= 1", name="max_tries"),
        CheckConstraint("is_superseded = (superseded IS NOT NULL)", name="superseded"),
        *_FILTERED,
        *_ORDERED,
    )

    id: Mapped[Key]
    job_type_id: Mapped[int] = ref("job_type")
    job_type_rev_id: Mapped[int] = ref("job_type_revision")
    event_id: Mapped[int | None] = ref("event")
    ingest_event_id: Mapped[int | None] = ref("ingest_event")
    root_recipe_id: Mapped[int | None] = ref("recipe")
    recipe_id: Mapped[int | None] = ref("recipe")
    batch_id: Mapped[int | None] = ref("batch")
    is_superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    root_superseded_job_id: Mapped[int | None] = ref("job")
    superseded_job_id: Mapped[int | None] = ref("job", unique=True)
    delete_superseded: Mapped[bool] = mapped_column(server_default=text("true"))
    superseded: Mapped[datetime | None]
    status: Mapped[str]
    node_id: Mapped[int | None] = ref("node")
    error_id: Mapped[int | None] = ref("error")
    max_tries: Mapped[int]
    num_exes: Mapped[int] = mapped_column(server_default=text("0"))
    input: Mapped[dict[str, Any] | None]
    output: Mapped[dict[str, Any] | None]
    configuration: Mapped[dict[str, Any] | None]
    input_file_size: Mapped[float | None]
    queued: Mapped[datetime | None]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    last_status_change: Mapped[datetime | None]


class JobInputFileRow(Base):
    """That a job reads a file under the name of one of its inputs, at a position of the list given for it."""

    __tablename__ = "job_input_file"
    __table_args__ = (Index(None, "file_id"),)

    job_id: Mapped[int] = ref("job", primary_key=True)
    job_input: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = ref("file")


class JobLabelRow(Base):
    """A label of a job; the index gives the jobs of a label."""

    __tablename__ = "job_label"
    __table_args__ = (
        CheckConstraint(f"key ~ '{KEY_PATTERN}'", name="key"),
        CheckConstraint(f"length(value) <= {MAX_VALUE}", name="value"),
        Index(None, "key", "value", "job_id"),
    )

    job_id: Mapped[int] = ref("job", primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class ExecutionRow(Base):
    """One attempt to run a job, from its claim on; it has ended if and only if it is final."""

    __tablename__ = "execution"
    __table_args__ = (
        one_of("status", ExecutionStatus),
        CheckConstraint("(status = 'RUNNING') = (ended IS NULL)", name="ended"),
        CheckConstraint("started IS NOT NULL OR status = 'CANCELED'", name="started"),
        CheckConstraint("exe_num >= 1", name="exe_num"),
        UniqueConstraint("job_id", "exe_num"),
        Index("uq_execution_running", "job_id", unique=True, postgresql_where=text("status = 'RUNNING'")),
        Index(None, "cluster_id"),
        Index(None, *_BY_CHANGE),
        Index(None, "status", *_BY_CHANGE),
        Index(None, "job_type_id", *_BY_CHANGE),
        Index(None, "created", "id"),
        *(Index(f"ix_execution_{name}", name, "id", postgresql_include=["job_type_id"]) for name in ("queued", "started")),
        Index("ix_execution_ended", "ended", "id", postgresql_include=["job_type_id", "started"]),
        _present("ix_execution_node_id", "node_id", *_BY_CHANGE),
        *(Index(None, name, "id") for name in ("status", "job_type_id", "node_id")),
        *(Index(None, name, "job_id") for name in ("priority", "timeout")),
    )

    id: Mapped[Key]
    job_id: Mapped[int] = ref("job")
    job_type_id: Mapped[int] = ref("job_type")
    exe_num: Mapped[int]
    cluster_id: Mapped[str]
    node_id: Mapped[int | None] = ref("node")
    docker_image: Mapped[str | None]
    priority: Mapped[int | None]
    timeout: Mapped[int | None]
    input_file_size: Mapped[float | None]
    resources: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    configuration: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    command_arguments: Mapped[str] = mapped_column(server_default=text("''"))
    queued: Mapped[datetime]
    started: Mapped[datetime | None]
    status: Mapped[str]
    log_lines: Mapped[int | None]
    error_id: Mapped[int | None] = ref("error")
    exit_code: Mapped[int | None]
    task_results: Mapped[dict[str, Any] | None]
    output: Mapped[dict[str, Any] | None]
    ended: Mapped[datetime | None]
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))
    last_modified: Mapped[datetime] = mapped_column(server_default=text("now()"))


class UnrecordedExecutionRow(Base):
    """A job that was imported without its latest execution, which may have come since."""

    __tablename__ = "unrecorded_execution"

    job_id: Mapped[int] = ref("job", primary_key=True, ondelete="CASCADE")


_READY = "not_before IS NULL"
_SIZE = "input_file_size"
"""At the end of an index, so that claims pass jobs that are too large for a node without reading them."""


class QueueRow(Base):
    """A job that waits for a worker, with what the claim needs to know; there is one row for each QUEUED job.

    Claims look at jobs without `not_before` alone, and first take it from those whose time has come. A retry policy may ask for
    at least so much `memory` (MiB), and, for a while, for another node than the one of the try before. A retry that the limits of
    its policy hold has `retry_at`, from when on it may go on, and a `not_before` that never comes.
    """

    __tablename__ = "queue"
    __table_args__ = (
        UniqueConstraint("job_id"),
        CheckConstraint("priority >= 1", name="priority"),
        Index(None, "job_type_id", "priority", "queued", "id"),
        _some("ix_queue_ready", "job_type_id", "priority", "queued", "id", _SIZE, where=_READY),
        _some("ix_queue_ready_lifo", "job_type_id", "priority", text("queued DESC"), text("id DESC"), _SIZE, where=_READY),
        _present("ix_queue_not_before", "not_before"),
        _some("ix_queue_retry_at", "job_type_id", "retry_at", "id", where="retry_at IS NOT NULL"),
    )

    id: Mapped[Key]
    job_id: Mapped[int] = ref("job")
    job_type_id: Mapped[int] = ref("job_type")
    exe_num: Mapped[int]
    priority: Mapped[int]
    timeout: Mapped[int | None]
    input_file_size: Mapped[float]
    queued: Mapped[datetime]
    not_before: Mapped[datetime | None]
    memory: Mapped[float] = mapped_column(server_default=text("0"))
    avoided_node: Mapped[int | None]
    avoided_until: Mapped[datetime | None]
    retry_at: Mapped[datetime | None]


class LeaseRow(Base):
    """The claim of a worker on a running execution: short-lived, and apart from `execution` so that heartbeats stay cheap.

    Whoever writes for an execution has to hold its row with the same token.
    """

    __tablename__ = "lease"
    __table_args__ = (UniqueConstraint("job_id"), Index(None, "expires"), Index(None, "job_type_id"))

    execution_id: Mapped[int] = ref("execution", primary_key=True)
    job_id: Mapped[int] = ref("job")
    job_type_id: Mapped[int] = ref("job_type")
    worker_id: Mapped[str]
    token: Mapped[int]
    expires: Mapped[datetime]
    cancel_requested: Mapped[datetime | None]
    place: Mapped[str | None]
    """Where the run lives when it outlives its worker: who serves this place can take it over."""
    handle: Mapped[str | None]
    """The name of the run there."""
    waits_for: Mapped[str | None]
    """Why the run has not begun there."""
