"""Retry policies (docs/guide/retries.md)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin, one_of, ref
from jobsvc.domain.retry_limits import BreakerState


class RetryPolicyRow(TimestampMixin, Base):
    """Rules by a name, which the configurations of job types say; `version` counts the changes of its definition."""

    __tablename__ = "retry_policy"
    __table_args__ = (UniqueConstraint("name"), CheckConstraint("version >= 1", name="version"))

    id: Mapped[Key]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    definition: Mapped[dict[str, Any]] = mapped_column(server_default=text("""'{"rules": []}'"""))


class RetryGateRow(Base):
    """What the limits of a job type have come to: its breaker, and the retries that went on lately, as times and numbers."""

    __tablename__ = "retry_gate"
    __table_args__ = (one_of("state", BreakerState),)

    job_type_id: Mapped[int] = ref("job_type", primary_key=True)
    state: Mapped[str] = mapped_column(server_default=text("'closed'"))
    since: Mapped[datetime] = mapped_column(server_default=text("now()"))
    error: Mapped[str | None]
    probed: Mapped[datetime | None]
    released: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'"))
