"""Job types, their revisions and the errors that executions end with."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin, one_of, ref
from jobsvc.domain.status import ErrorCategory


class JobTypeRow(TimestampMixin, Base):
    """What to run: the current revision of a Seed manifest under a name and a version."""

    __tablename__ = "job_type"
    __table_args__ = (
        UniqueConstraint("name", "version"),
        CheckConstraint("max_scheduled >= 1", name="max_scheduled"),
        CheckConstraint("max_tries >= 1", name="max_tries"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    version: Mapped[str]
    version_array: Mapped[list[int] | None]
    title: Mapped[str | None]
    description: Mapped[str | None]
    category: Mapped[str | None]
    author_name: Mapped[str | None]
    author_url: Mapped[str | None]
    is_system: Mapped[bool] = mapped_column(server_default=text("false"))
    is_long_running: Mapped[bool] = mapped_column(server_default=text("false"))
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    is_operational: Mapped[bool] = mapped_column(server_default=text("true"))
    is_paused: Mapped[bool] = mapped_column(server_default=text("false"))
    is_published: Mapped[bool] = mapped_column(server_default=text("false"))
    uses_docker: Mapped[bool] = mapped_column(server_default=text("true"))
    docker_privileged: Mapped[bool] = mapped_column(server_default=text("false"))
    docker_image: Mapped[str | None]
    icon_code: Mapped[str | None]
    unmet_resources: Mapped[str | None]
    max_scheduled: Mapped[int | None]
    max_tries: Mapped[int] = mapped_column(server_default=text("3"))
    revision_num: Mapped[int] = mapped_column(server_default=text("1"))
    manifest: Mapped[dict[str, Any]]
    configuration: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    secrets: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """Values of secret settings by their names; no service shows them."""
    deprecated: Mapped[datetime | None]
    paused: Mapped[datetime | None]


class JobTypeRevisionRow(Base):
    """Immutable snapshot of a job type's manifest and image."""

    __tablename__ = "job_type_revision"
    __table_args__ = (UniqueConstraint("job_type_id", "revision_num"),)

    id: Mapped[Key]
    job_type_id: Mapped[int] = ref("job_type")
    revision_num: Mapped[int]
    docker_image: Mapped[str | None]
    manifest: Mapped[dict[str, Any]]
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ErrorRow(TimestampMixin, Base):
    """Why executions fail: builtin (no job type name) or declared by the manifests of a job type name."""

    __tablename__ = "error"
    __table_args__ = (
        one_of("category", ErrorCategory),
        Index(
            "uq_error_job_type_name_name",
            "job_type_name",
            "name",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index(None, "category"),
    )

    id: Mapped[Key]
    name: Mapped[str]
    title: Mapped[str | None]
    description: Mapped[str | None]
    job_type_name: Mapped[str | None]
    category: Mapped[str]
    is_builtin: Mapped[bool] = mapped_column(server_default=text("false"))
    should_be_retried: Mapped[bool] = mapped_column(server_default=text("false"))
