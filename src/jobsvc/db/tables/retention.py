"""How long jobs are kept (docs/guide/retention.md)."""

from datetime import datetime

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, ref

DAYS = ("job_days", "failed_job_days", "product_days", "log_days")


class JobTypeRetentionRow(Base):
    """What a job type says of how long its jobs are kept, in days; 0: for ever, null: as the settings say."""

    __tablename__ = "job_type_retention"
    __table_args__ = tuple(CheckConstraint(f"{name} >= 0", name=name) for name in DAYS)

    job_type_id: Mapped[int] = ref("job_type", primary_key=True)
    job_days: Mapped[int | None]
    failed_job_days: Mapped[int | None]
    product_days: Mapped[int | None]
    log_days: Mapped[int | None]
    is_held: Mapped[bool] = mapped_column(server_default=text("false"))


class JobHoldRow(Base):
    """That a job is never purged."""

    __tablename__ = "job_hold"

    job_id: Mapped[int] = ref("job", primary_key=True)
    reason: Mapped[str | None]
    held_by: Mapped[str | None]
    created: Mapped[datetime] = mapped_column(server_default=text("now()"))
