"""Events: what was changed, written by triggers (docs/adr/0023-events.md)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base

PARTITION = "change_event_"
"""What partitions are called: this and their day, or `other`."""


class ChangeEventRow(Base):
    """A change: what became of what, in the sequence in which changes of the same thing were made.

    There is a partition for each UTC day, and one for what belongs to none of them, which stays empty.
    """

    __tablename__ = "change_event"
    __table_args__ = (
        Index(None, "job_id", "seq", postgresql_where=text("job_id IS NOT NULL")),
        {"postgresql_partition_by": "RANGE (time)"},
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, server_default=text("nextval('change_event_seq')"))
    time: Mapped[datetime] = mapped_column(primary_key=True, server_default=text("clock_timestamp()"))
    type: Mapped[str]
    job_id: Mapped[int | None]
    job_type_id: Mapped[int | None]
    batch_id: Mapped[int | None]
    recipe_id: Mapped[int | None]
    execution_id: Mapped[int | None]
    exe_num: Mapped[int | None]
    bulk_operation_id: Mapped[int | None]
    node_id: Mapped[int | None]
    worker_id: Mapped[str | None]
    actor: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ExpiredEventDayRow(Base):
    """A day whose events were dropped, and the number of the last of them: positions before it are too old."""

    __tablename__ = "expired_event_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last_seq: Mapped[int]
