"""Retry policies (docs/guide/retries.md)."""

from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, TimestampMixin


class RetryPolicyRow(TimestampMixin, Base):
    """Rules by a name, which the configurations of job types say; `version` counts the changes of its definition."""

    __tablename__ = "retry_policy"
    __table_args__ = (UniqueConstraint("name"), CheckConstraint("version >= 1", name="version"))

    id: Mapped[Key]
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    definition: Mapped[dict[str, Any]] = mapped_column(server_default=text("""'{"rules": []}'"""))
