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


class FileRow(SourceMetadataMixin, TimestampMixin, Base):
    """A file in a workspace: given to the service (SOURCE) or made by an execution (PRODUCT)."""

    __tablename__ = "file"
    __table_args__ = (
        CheckConstraint("file_type IN ('SOURCE', 'PRODUCT')", name="file_type"),
        CheckConstraint("file_size >= 0", name="file_size"),
        Index("uq_file_path", "workspace_id", "file_path", unique=True, postgresql_where=text("NOT is_deleted")),
        Index(None, "file_name"),
        Index(None, "last_modified", "id"),
        Index("ix_file_job_id", "job_id", postgresql_where=text("job_id IS NOT NULL")),
        Index("ix_file_job_exe_id", "job_exe_id", postgresql_where=text("job_exe_id IS NOT NULL")),
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
