"""Webhooks, the leases of those who send, and deliveries."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import WebhookDeliveryRow, WebhookRow
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.webhooks import DeliveryInsert, DeliveryItem, DeliveryState, WebhookItem, WebhookTurn

_WEBHOOK = mapper_of(WebhookItem, WebhookRow)
_TURN: RowMapper[WebhookTurn] = mapper_of(WebhookTurn, WebhookRow, item=_WEBHOOK)
_DELIVERY = mapper_of(DeliveryItem, WebhookDeliveryRow)
_EARLIER = aliased(WebhookDeliveryRow)
_PENDING = WebhookDeliveryRow.state == DeliveryState.PENDING


class WebhookRepository:
    """Reads and writes webhooks and deliveries."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, **columns: Any) -> WebhookItem:
        """Store a webhook."""
        statement = insert(WebhookRow).values(**columns).returning(*_WEBHOOK.columns)
        return _WEBHOOK.read((await self._connection.execute(statement)).one())

    async def get(self, webhook_id: int) -> WebhookItem:
        """A webhook by its id.

        Raises:
            NotFound: There is none.
        """
        return await _WEBHOOK.one(self._connection, select(*_WEBHOOK.columns).where(_is(webhook_id)), "Webhook", webhook_id)

    async def page(self, request: PageRequest) -> Page[WebhookItem]:
        """All webhooks, the latest first."""
        return await page_of(self._connection, select(*_WEBHOOK.columns).order_by(WebhookRow.id.desc()), request, _WEBHOOK.read)

    async def change(self, webhook_id: int, columns: Mapping[str, Any]) -> None:
        """Change columns of a webhook."""
        if columns:
            await self._connection.execute(update(WebhookRow).where(_is(webhook_id)).values(**columns))

    async def rotate(self, webhook_id: int, secret: str, until: datetime) -> None:
        """Take a new secret; the one before is good until a time."""
        columns = {"secret": secret, "previous_secret": WebhookRow.secret, "previous_until": until}
        await self._connection.execute(update(WebhookRow).where(_is(webhook_id)).values(columns))

    async def resume(self, webhook_id: int, now: datetime) -> None:
        """Try again at once, and as long as if nothing had failed yet."""
        statement = update(WebhookDeliveryRow).where(WebhookDeliveryRow.webhook_id == webhook_id, _PENDING)
        await self._connection.execute(statement.values(next_try=now, first_try=None))

    async def remove(self, webhook_id: int) -> None:
        """Delete a webhook with its deliveries."""
        await self._connection.execute(delete(WebhookRow).where(_is(webhook_id)))

    async def lease(self, owner: str, now: datetime, until: datetime, renew_before: datetime) -> list[int]:
        """Take the active webhooks that nobody sends to, keep one's own, and return which those are."""
        is_mine = WebhookRow.lease_owner == owner
        is_free = or_(WebhookRow.lease_until.is_(None), WebhookRow.lease_until < now)
        is_due = or_(is_free, is_mine & (WebhookRow.lease_until < renew_before))
        taking = update(WebhookRow).where(WebhookRow.is_active, is_due)
        await self._connection.execute(taking.values(lease_owner=owner, lease_until=until))
        mine = select(WebhookRow.id).where(WebhookRow.is_active, is_mine, WebhookRow.lease_until > now)
        return list((await self._connection.execute(mine)).scalars())

    async def release(self, owner: str) -> None:
        """Let others send."""
        statement = update(WebhookRow).where(WebhookRow.lease_owner == owner)
        await self._connection.execute(statement.values(lease_owner=None, lease_until=None))

    async def turn(self, webhook_id: int, owner: str, now: datetime) -> WebhookTurn | None:
        """What is needed to send; None when it is not this one's to send there now. The row is locked."""
        query = select(*_TURN.columns).where(
            _is(webhook_id), WebhookRow.is_active, WebhookRow.lease_owner == owner, WebhookRow.lease_until > now
        )
        rest = or_(WebhookRow.not_before.is_(None), WebhookRow.not_before <= now)
        return await _TURN.first(self._connection, query.where(rest).with_for_update())

    async def count_pending(self, webhook_id: int, limit: int) -> int:
        """How many deliveries wait, up to a limit."""
        some = select(WebhookDeliveryRow.id).where(WebhookDeliveryRow.webhook_id == webhook_id, _PENDING).limit(limit)
        return (await self._connection.execute(select(func.count()).select_from(some.subquery()))).scalar_one()

    async def enqueue(self, webhook_id: int, deliveries: Sequence[DeliveryInsert], now: datetime) -> list[DeliveryItem]:
        """Store what is to be sent."""
        if not deliveries:
            return []
        common = {"webhook_id": webhook_id, "created": now, "next_try": now}
        statement = insert(WebhookDeliveryRow).returning(*_DELIVERY.columns)
        rows = await self._connection.execute(statement, [delivery._asdict() | common for delivery in deliveries])
        return [_DELIVERY.read(row) for row in rows]

    async def due(self, webhook_id: int, now: datetime, limit: int) -> list[DeliveryItem]:
        """Deliveries whose time has come, the oldest first: of each job only the first one that is not through."""
        blocked = select(_EARLIER.id).where(
            _EARLIER.webhook_id == webhook_id,
            _EARLIER.state == DeliveryState.PENDING,
            _EARLIER.job_id == WebhookDeliveryRow.job_id,
            _EARLIER.id < WebhookDeliveryRow.id,
        )
        is_due = WebhookDeliveryRow.next_try <= now
        query = select(*_DELIVERY.columns).where(WebhookDeliveryRow.webhook_id == webhook_id, _PENDING, is_due, ~blocked.exists())
        return await _DELIVERY.all(self._connection, query.order_by(WebhookDeliveryRow.id).limit(limit))

    async def record(self, delivery_id: int, columns: Mapping[str, Any]) -> None:
        """Write down how a delivery went."""
        statement = update(WebhookDeliveryRow).where(WebhookDeliveryRow.id == delivery_id)
        await self._connection.execute(statement.values(**columns))

    async def delivery(self, webhook_id: int, delivery_id: int) -> DeliveryItem:
        """A delivery of a webhook.

        Raises:
            NotFound: There is none.
        """
        is_it = WebhookDeliveryRow.id == storable_id(delivery_id)
        query = select(*_DELIVERY.columns).where(WebhookDeliveryRow.webhook_id == storable_id(webhook_id), is_it)
        return await _DELIVERY.one(self._connection, query, "Delivery", delivery_id)

    async def deliveries(self, webhook_id: int, request: PageRequest) -> Page[DeliveryItem]:
        """The deliveries of a webhook, the latest first."""
        query = select(*_DELIVERY.columns).where(WebhookDeliveryRow.webhook_id == webhook_id)
        return await page_of(self._connection, query.order_by(WebhookDeliveryRow.id.desc()), request, _DELIVERY.read)

    async def delete_before(self, instant: datetime) -> None:
        """Let go of deliveries that ended earlier."""
        await self._connection.execute(delete(WebhookDeliveryRow).where(WebhookDeliveryRow.ended < instant))


def _is(webhook_id: int) -> ColumnElement[bool]:
    return WebhookRow.id == storable_id(webhook_id)
