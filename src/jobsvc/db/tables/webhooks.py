"""Webhooks: who hears of events, and what of it has come through."""

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from jobsvc.db.tables.base import Base, Key, one_of, ref
from jobsvc.domain.webhooks import DeliveryState


class WebhookRow(Base):
    """An address that events are sent to; `position` is that of the last event which was looked at for it.

    `lease_owner` is the process that sends them until `lease_until`.
    """

    __tablename__ = "webhook"

    id: Mapped[Key]
    url: Mapped[str]
    description: Mapped[str]
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_until: Mapped[datetime | None]
    types: Mapped[list[str] | None]
    job_type_names: Mapped[list[str] | None]
    batch_ids: Mapped[list[int] | None]
    is_active: Mapped[bool]
    disabled_reason: Mapped[str | None]
    created: Mapped[datetime]
    created_by: Mapped[str | None]
    position: Mapped[int]
    last_success: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class WebhookDeliveryRow(Base):
    """An event on its way to a webhook."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        Index(None, "webhook_id", "id"),
        Index(None, "webhook_id", "job_id", "id", postgresql_where=text("state = 'PENDING'")),
        Index(None, "ended"),
    )

    id: Mapped[Key]
    webhook_id: Mapped[int] = ref("webhook", ondelete="CASCADE")
    event_id: Mapped[int | None]
    event_type: Mapped[str]
    job_id: Mapped[int | None]
    body: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'PENDING'"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    created: Mapped[datetime]
    first_try: Mapped[datetime | None]
    next_try: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    status_code: Mapped[int | None]
    response: Mapped[str | None]
    error: Mapped[str | None]
