"""What jobs wait for (docs/guide/dependencies.md); a trigger of `job` keeps `dependency_change`."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, ref


class JobDependencyRow(Base):
    """That a job starts after another one has COMPLETED, and not before a time; a parent may be gone that has been purged."""

    __tablename__ = "job_dependency"
    __table_args__ = (Index(None, "parent_id", "job_id"),)

    job_id: Mapped[int] = ref("job", primary_key=True, ondelete="CASCADE")
    parent_id: Mapped[int] = mapped_column(primary_key=True)
    is_met: Mapped[bool] = mapped_column(server_default=text("false"))
    not_before: Mapped[datetime | None]


class DependencyChangeRow(Base):
    """A parent whose status tells those something that wait for it, or a job that waits again; looked at up to a job."""

    __tablename__ = "dependency_change"
    __table_args__ = (CheckConstraint("(parent_id IS NULL) <> (job_id IS NULL)", name="subject"),)

    id: Mapped[Key]
    parent_id: Mapped[int | None]
    job_id: Mapped[int | None]
    after_job_id: Mapped[int] = mapped_column(server_default=text("0"))
