"""What jobs come from: events and their rules, recipes and recipe types, batches.

Where these are made is out of the service's scope; they are stored so that jobs can point to them.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin, ref
from jobsvc.db.tables.jobs import SourceMetadataMixin


class TriggerRuleRow(TimestampMixin, Base):
    """A rule of the v3 generation that made events."""

    __tablename__ = "trigger_rule"

    id: Mapped[Key]
    type: Mapped[str]
    name: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    configuration: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    archived: Mapped[datetime | None]


class EventRow(Base):
    """What caused a job, a recipe or a batch to be made."""

    __tablename__ = "event"
    __table_args__ = (Index(None, "occurred"),)

    id: Mapped[Key]
    type: Mapped[str]
    rule_id: Mapped[int | None] = ref("trigger_rule")
    description: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    occurred: Mapped[datetime]


class IngestEventRow(Base):
    """An event that came from the ingest of a file."""

    __tablename__ = "ingest_event"
    __table_args__ = (Index(None, "occurred"),)

    id: Mapped[Key]
    type: Mapped[str]
    ingest_id: Mapped[int | None]
    strike_id: Mapped[int | None]
    scan_id: Mapped[int | None]
    description: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    occurred: Mapped[datetime]


class RecipeTypeRow(TimestampMixin, Base):
    """What a recipe is made of."""

    __tablename__ = "recipe_type"

    id: Mapped[Key]
    name: Mapped[str]
    version: Mapped[str | None]
    title: Mapped[str | None]
    description: Mapped[str | None]
    is_system: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    revision_num: Mapped[int] = mapped_column(server_default=text("1"))
    definition: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    deprecated: Mapped[datetime | None]


class RecipeTypeRevisionRow(Base):
    """Immutable snapshot of a recipe type."""

    __tablename__ = "recipe_type_revision"
    __table_args__ = (UniqueConstraint("recipe_type_id", "revision_num"),)

    id: Mapped[Key]
    recipe_type_id: Mapped[int] = ref("recipe_type")
    revision_num: Mapped[int]
    definition: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))


class JobCountsMixin:
    """How many jobs there are below, in all and by status."""

    jobs_total: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_pending: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_blocked: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_queued: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_running: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_failed: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_completed: Mapped[int] = mapped_column(server_default=text("0"))
    jobs_canceled: Mapped[int] = mapped_column(server_default=text("0"))


class BatchRow(JobCountsMixin, TimestampMixin, Base):
    """Many recipes that were started together."""

    __tablename__ = "batch"

    id: Mapped[Key]
    title: Mapped[str | None]
    description: Mapped[str | None]
    recipe_type_id: Mapped[int | None] = ref("recipe_type")
    recipe_type_rev_id: Mapped[int | None] = ref("recipe_type_revision")
    event_id: Mapped[int | None] = ref("event")
    definition: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    configuration: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    is_creation_done: Mapped[bool] = mapped_column(server_default=text("true"))
    is_superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    root_batch_id: Mapped[int | None] = ref("batch")
    superseded_batch_id: Mapped[int | None] = ref("batch")
    superseded: Mapped[datetime | None]
    recipes_estimated: Mapped[int] = mapped_column(server_default=text("0"))
    recipes_total: Mapped[int] = mapped_column(server_default=text("0"))
    recipes_completed: Mapped[int] = mapped_column(server_default=text("0"))


class RecipeRow(JobCountsMixin, SourceMetadataMixin, TimestampMixin, Base):
    """A graph of jobs that work on one input."""

    __tablename__ = "recipe"
    __table_args__ = (
        Index(None, "batch_id"),
        Index(None, "last_modified", "id"),
        Index(None, "recipe_type_id", "last_modified", "id"),
    )

    id: Mapped[Key]
    recipe_type_id: Mapped[int] = ref("recipe_type")
    recipe_type_rev_id: Mapped[int] = ref("recipe_type_revision")
    event_id: Mapped[int | None] = ref("event")
    ingest_event_id: Mapped[int | None] = ref("ingest_event")
    batch_id: Mapped[int | None] = ref("batch")
    root_recipe_id: Mapped[int | None] = ref("recipe")
    recipe_id: Mapped[int | None] = ref("recipe")
    is_superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    root_superseded_recipe_id: Mapped[int | None] = ref("recipe")
    superseded_recipe_id: Mapped[int | None] = ref("recipe", unique=True)
    superseded: Mapped[datetime | None]
    input: Mapped[dict[str, Any] | None]
    configuration: Mapped[dict[str, Any] | None]
    input_file_size: Mapped[float | None]
    is_completed: Mapped[bool] = mapped_column(server_default=text("false"))
    completed: Mapped[datetime | None]


class RecipeNodeRow(Base):
    """That a job or a sub-recipe stands at a node of a recipe (a job may be reused by later recipes)."""

    __tablename__ = "recipe_node"
    __table_args__ = (
        UniqueConstraint("recipe_id", "node_name"),
        Index(None, "job_id"),
        Index("ix_recipe_node_below", "recipe_id", "sub_recipe_id", postgresql_where=text("sub_recipe_id IS NOT NULL")),
    )

    id: Mapped[Key]
    recipe_id: Mapped[int] = ref("recipe")
    node_name: Mapped[str]
    is_original: Mapped[bool] = mapped_column(server_default=text("true"))
    job_id: Mapped[int | None] = ref("job")
    sub_recipe_id: Mapped[int | None] = ref("recipe")
