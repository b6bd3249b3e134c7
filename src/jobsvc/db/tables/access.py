"""Who may call, and what was asked for."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, one_of
from jobsvc.domain.access import Role


class AccessTokenRow(Base):
    """A token that was given out; of itself only the digest is known."""

    __tablename__ = "access_token"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[Key]
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(unique=True)
    role: Mapped[str]
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    job_types: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created: Mapped[datetime]
    created_by: Mapped[str | None]
    expires: Mapped[datetime | None]
    revoked: Mapped[datetime | None]
    last_used: Mapped[datetime | None]


class AuditEntryRow(Base):
    """A request that was to change something, or was refused; triggers keep rows from being changed."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "at"), Index(None, "user", "id"), Index(None, "operation", "id"))

    id: Mapped[Key]
    at: Mapped[datetime]
    user: Mapped[str]
    source: Mapped[str]
    operation: Mapped[str | None]
    method: Mapped[str]
    path: Mapped[str]
    query: Mapped[str]
    subject: Mapped[str | None]
    filter: Mapped[dict[str, Any] | None]
    digest: Mapped[str | None]
    status: Mapped[int]
    request_id: Mapped[str | None]
    address: Mapped[str | None]
