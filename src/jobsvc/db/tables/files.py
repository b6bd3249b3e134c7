"""Workspaces and the files in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin, ref
from jobsvc.db.tables.jobs import SourceMetadataMixin


class WorkspaceRow(TimestampMixin, Base):
    """A place where files lie; its broker says how they are reached (here: a directory of the host)."""

    __tablename__ = "workspace"

    id: Mapped[Key]
    name: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str | None]
    description: Mapped[str | None]
    base_url: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    configuration: Mapped[dict[str, Any]]
    deprecated: Mapped[datetime | None]


_BY_CHANGE = ("last_modified", "id")
_PRESENT = (
    "job_type_id",
    "job_output",
    "recipe_id",
    "recipe_type_id",
    "recipe_node",
    "batch_id",
    "source_sensor_class",
    "source_sensor",
    "source_collection",
    "source_task",
)


def _reversed(times: str) -> Index:
    """Of files whose data end before they begin; all others in a range begin in it, too."""
    ended = f"{times}_ended"
    return Index(f"ix_file_{times}_reversed", ended, "id", postgresql_where=text(f"{ended} < {times}_started"))


_FILTERED = (
    *(Index(f"ix_file_{name}", name, *_BY_CHANGE, postgresql_where=text(f"{name} IS NOT NULL")) for name in _PRESENT),
    *(Index(None, name, *_BY_CHANGE) for name in ("workspace_id", "media_type", "file_type")),
    Index("ix_file_countries", "countries", postgresql_using="gin"),
    Index("ix_file_created", "created", "id", postgresql_include=["last_modified"]),
    Index("ix_file_data", "data_started", "id", postgresql_include=["data_ended", "last_modified"]),
    Index("ix_file_source", "source_started", "id", postgresql_include=["source_ended", "last_modified"]),
    *(Index(None, name, "id") for name in ("data_ended", "source_ended")),
    *map(_reversed, ("data", "source")),
)


class FileRow(SourceMetadataMixin, TimestampMixin, Base):
    """A file in a workspace: given to the service (SOURCE) or made by an execution (PRODUCT)."""

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("file_type IN ('SOURCE', 'PRODUCT')", name="file_type"),
        CheckConstraint("file_size >= 0", name="file_size"),
        Index("uq_file_path", "workspace_id", "file_path", unique=True, postgresql_where=text("NOT is_deleted")),
        Index(None, "file_name"),
        Index(None, "last_modified", "id"),
        Index("ix_file_file_name_lower", text("lower(file_name)"), "id"),
        *(Index(None, name, "id") for name in ("file_size", "workspace_id")),
        Index("ix_file_job_id", "job_id", postgresql_where=text("job_id IS NOT NULL")),
        Index("ix_file_job_exe_id", "job_exe_id", postgresql_where=text("job_exe_id IS NOT NULL")),
        *_FILTERED,
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = ref("workspace")
    file_name: Mapped[str]
    file_path: Mapped[str]
    file_type: Mapped[str]
    file_size: Mapped[int]
    media_type: Mapped[str]
    data_type_tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    uuid: Mapped[str] = mapped_column(server_default=text("''"))
    is_deleted: Mapped[bool] = mapped_column(server_default=text("false"))
    deleted: Mapped[datetime | None]
    data_started: Mapped[datetime | None]
    data_ended: Mapped[datetime | None]
    geometry: Mapped[str | None]
    center_point: Mapped[str | None]
    meta_data: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    countries: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    job_type_id: Mapped[int | None] = ref("job_type")
    job_id: Mapped[int | None] = ref("job")
    job_exe_id: Mapped[int | None] = ref("execution")
    job_output: Mapped[str | None]
    recipe_type_id: Mapped[int | None] = ref("recipe_type")
    recipe_id: Mapped[int | None] = ref("recipe")
    recipe_node: Mapped[str | None]
    batch_id: Mapped[int | None] = ref("batch")
    is_operational: Mapped[bool] = mapped_column(server_default=text("true"))
    is_published: Mapped[bool] = mapped_column(server_default=text("false"))
    has_been_published: Mapped[bool] = mapped_column(server_default=text("false"))
    published: Mapped[datetime | None]
    unpublished: Mapped[datetime | None]
    is_superseded: Mapped[bool] = mapped_column(server_default=text("false"))
    superseded: Mapped[datetime | None]
