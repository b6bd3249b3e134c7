"""Webhooks as callers make, list, change and try them."""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jobsvc.db.database import Database
from jobsvc.domain.errors import Conflict
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.webhooks import (
    TEST,
    DeliveryInsert,
    DeliveryItem,
    DeliveryState,
    WebhookItem,
    check_subjects,
    check_types,
    check_url,
)
from jobsvc.services.clock import Clock
from jobsvc.services.events.hub import EventHub

SECRET_BYTES = 32


@dataclass(frozen=True)
class NewWebhook:
    """A webhook that is to be made; None is no condition."""

    url: str
    description: str = ""
    types: Sequence[str] | None = None
    job_type_names: Sequence[str] | None = None
    batch_ids: Sequence[int] | None = None


class WebhookService:
    """Use cases around webhooks. `allows_private`: they may be at addresses that are not public."""

    def __init__(self, database: Database, clock: Clock, hub: EventHub, *, allows_private: bool) -> None:
        self._db = database
        self._clock = clock
        self._hub = hub
        self._allows_private = allows_private

    async def make(self, new: NewWebhook, by: str | None) -> tuple[WebhookItem, str]:
        """Make a webhook, for events from now on; returns it and the secret that its messages are signed with.

        Raises:
            InvalidRequest: Nothing could be sent there, or no event is ever of that type, job type or batch.
        """
        check_url(new.url, allows_private=self._allows_private)
        check_types(new.types or ())
        check_subjects(new.job_type_names or (), new.batch_ids or ())
        secret, position = _new_secret(), await self._hub.settle()
        async with self._db.transaction() as tx:
            item = await tx.webhooks.add(
                url=new.url,
                description=new.description,
                types=list(new.types) if new.types else None,
                job_type_names=list(new.job_type_names) if new.job_type_names else None,
                batch_ids=list(new.batch_ids) if new.batch_ids else None,
                secret=secret,
                is_active=True,
                created=self._clock(),
                created_by=by,
                position=position,
            )
        return item, secret

    async def get(self, webhook_id: int) -> WebhookItem:
        """A webhook; raises NotFound."""
        async with self._db.reading() as tx:
            return await tx.webhooks.get(webhook_id)

    async def list(self, request: PageRequest) -> Page[WebhookItem]:
        """All webhooks, the latest first."""
        async with self._db.reading() as tx:
            return await tx.webhooks.page(request)

    async def change(self, webhook_id: int, changes: dict[str, Any]) -> WebhookItem:
        """Change members of a webhook. One that is switched on again goes on where it was.

        Raises:
            NotFound: There is none.
            InvalidRequest: Nothing could be sent there, or no event is ever of that type, job type or batch.
        """
        if "url" in changes:
            check_url(changes["url"], allows_private=self._allows_private)
        check_types(changes.get("types") or ())
        check_subjects(changes.get("job_type_names") or (), changes.get("batch_ids") or ())
        columns = {name: value if value != [] else None for name, value in changes.items()}
        async with self._db.transaction() as tx:
            await tx.webhooks.get(webhook_id)
            if columns.get("is_active"):
                columns |= {"disabled_reason": None, "not_before": None}
                await tx.webhooks.resume(webhook_id, self._clock())
            await tx.webhooks.change(webhook_id, columns)
            return await tx.webhooks.get(webhook_id)

    async def remove(self, webhook_id: int) -> None:
        """Delete a webhook with its deliveries; raises NotFound."""
        async with self._db.transaction() as tx:
            await tx.webhooks.get(webhook_id)
            await tx.webhooks.remove(webhook_id)

    async def rotate(self, webhook_id: int, overlap: timedelta) -> tuple[WebhookItem, str]:
        """Sign with a new secret from now on, and for the time of the overlap with the one before too; raises NotFound."""
        secret = _new_secret()
        async with self._db.transaction() as tx:
            await tx.webhooks.get(webhook_id)
            await tx.webhooks.rotate(webhook_id, secret, self._clock() + overlap)
            return await tx.webhooks.get(webhook_id), secret

    async def test(self, webhook_id: int) -> DeliveryItem:
        """Send something that is no event.

        Raises:
            NotFound: There is no such webhook.
            Conflict: It is switched off.
        """
        now = self._clock()
        body = json.dumps({"type": TEST, "timestamp": now.isoformat(), "data": {"webhook_id": webhook_id}})
        async with self._db.transaction() as tx:
            _require_active(await tx.webhooks.get(webhook_id))
            [delivery] = await tx.webhooks.enqueue(webhook_id, [DeliveryInsert(None, TEST, None, body)], now)
        return delivery

    async def deliveries(self, webhook_id: int, request: PageRequest) -> Page[DeliveryItem]:
        """What was sent to a webhook, or is to be, the latest first; raises NotFound."""
        async with self._db.reading() as tx:
            await tx.webhooks.get(webhook_id)
            return await tx.webhooks.deliveries(webhook_id, request)

    async def redeliver(self, webhook_id: int, delivery_id: int) -> DeliveryItem:
        """Send something once more, at once, whatever has become of it.

        Raises:
            NotFound: There is no such delivery.
            Conflict: The webhook is switched off.
        """
        now = self._clock()
        again = {"state": DeliveryState.PENDING, "next_try": now, "first_try": None, "ended": None}
        async with self._db.transaction() as tx:
            _require_active(await tx.webhooks.get(webhook_id))
            await tx.webhooks.delivery(webhook_id, delivery_id)
            await tx.webhooks.record(delivery_id, again)
            return await tx.webhooks.delivery(webhook_id, delivery_id)


def _require_active(item: WebhookItem) -> None:
    if not item.is_active:
        raise Conflict(f"Webhook {item.id} is switched off: {item.disabled_reason or 'by request'}.")


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()
