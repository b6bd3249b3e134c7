"""Sends events to webhooks: each webhook by one process at a time, which holds a lease of it, beside all others."""

import asyncio
import random
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import structlog

from jobsvc import metrics
from jobsvc.db.database import Database
from jobsvc.domain.errors import DatabaseUnavailable, NotFound
from jobsvc.domain.webhooks import (
    GONE,
    TRIED_FOR,
    CallResult,
    DeliveryInsert,
    DeliveryItem,
    DeliveryState,
    WebhookItem,
    WebhookTurn,
    pause,
    payload,
)
from jobsvc.services.clock import Clock
from jobsvc.services.events.hub import EventHub, EventPace
from jobsvc.services.webhooks.sending import WebhookSender

log = structlog.get_logger(__name__)
LEASE = timedelta(seconds=60)
MOST_AT_ONCE = 10
"""Messages that are on their way to one webhook at a time, of different jobs."""
MOST_PENDING = 1000
"""Deliveries that wait for one webhook; further events stay where they are until then."""
WINDOW = 50_000
"""Events that one statement looks through for some that fit."""
KEPT = timedelta(days=7)
"""How long it can be seen how deliveries went."""


class WebhookDelivery:
    """Sends what is due."""

    def __init__(self, database: Database, clock: Clock, sender: WebhookSender) -> None:
        self._db = database
        self._clock = clock
        self._hub = EventHub(database, EventPace())
        self._sender = sender
        self._owner = uuid4().hex
        self._tasks: dict[int, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Begin to send to all webhooks that are this process's to send to, each beside the others; waits for none of them.

        Raises:
            DatabaseUnavailable: It cannot be said which those are.
        """
        now = self._clock()
        async with self._db.transaction() as tx:
            mine = await tx.webhooks.lease(self._owner, now, now + LEASE, now + LEASE / 2)
        decided = await self._hub.settle() if mine else 0
        for webhook_id in mine:
            task = self._tasks.get(webhook_id)
            if task is None or task.done():
                self._tasks[webhook_id] = asyncio.create_task(self._work(webhook_id, decided))
        self._tasks = {webhook_id: task for webhook_id, task in self._tasks.items() if webhook_id in mine or not task.done()}

    async def idle(self) -> None:
        """Wait until all that is being sent has come to an end."""
        await asyncio.gather(*self._tasks.values())

    async def close(self) -> None:
        """Stop sending; others may go on at once. What was on its way is sent again."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        with suppress(DatabaseUnavailable):
            async with self._db.transaction() as tx:
                await tx.webhooks.release(self._owner)

    async def delete_expired(self) -> None:
        """Let go of old deliveries."""
        async with self._db.transaction() as tx:
            await tx.webhooks.delete_before(self._clock() - KEPT)

    async def _work(self, webhook_id: int, decided: int) -> None:
        try:
            while batch := await self._next(webhook_id, decided):
                turn, due = batch
                await asyncio.gather(*[self._deliver(turn, delivery) for delivery in due])
        except (DatabaseUnavailable, NotFound):
            # What was not written down is sent again, unless the webhook is gone.
            return
        except Exception:
            log.exception("webhook.failed", webhook=webhook_id)

    async def _next(self, webhook_id: int, decided: int) -> tuple[WebhookTurn, list[DeliveryItem]] | None:
        """What is to be sent now, after events were looked at up to where they are decided; None: nothing, for now."""
        now = self._clock()
        async with self._db.transaction() as tx:
            turn = await tx.webhooks.turn(webhook_id, self._owner, now)
            if turn is None:
                return None
            pending = await tx.webhooks.count_pending(webhook_id, MOST_PENDING)
            position = turn.position
            while position < decided and pending < MOST_PENDING:
                until, limit = min(position + WINDOW, decided), MOST_PENDING - pending
                events = await tx.events.page(turn.item.criteria, after=position, until=until, limit=limit)
                inserts = [DeliveryInsert(event.seq, event.type, event.job_id, _body(payload(event))) for event in events]
                await tx.webhooks.enqueue(webhook_id, inserts, now)
                pending += len(events)
                position = events[-1].seq if len(events) == limit else until
            if position != turn.position:
                await tx.webhooks.change(webhook_id, {"position": position})
            due = await tx.webhooks.due(webhook_id, now, MOST_AT_ONCE)
        return (turn, due) if due else None

    async def _deliver(self, turn: WebhookTurn, delivery: DeliveryItem) -> None:
        now = self._clock()
        result = await self._sender.send(turn.item.url, delivery.message_id, delivery.body, turn.secrets(now), now)
        now = self._clock()
        async with self._db.transaction() as tx:
            item = await tx.webhooks.get(turn.item.id)
            await tx.webhooks.record(delivery.id, _delivery_after(delivery, result, now))
            await tx.webhooks.change(item.id, _webhook_after(item, delivery, result, now))
        metrics.WEBHOOK_DELIVERIES.labels("delivered" if result.is_success else "failed").inc()
        if reason := _reason_to_end(item, delivery, result, now):
            log.warning("webhook.disabled", webhook=item.id, reason=reason)


def _delivery_after(delivery: DeliveryItem, result: CallResult, now: datetime) -> dict[str, Any]:
    """What is written down of a delivery after a call."""
    columns: dict[str, Any] = {
        "tries": delivery.tries + 1,
        "first_try": delivery.first_try or now,
        "status_code": result.status_code,
        "response": result.response,
        "error": result.error,
    }
    if result.is_success:
        return columns | {"state": DeliveryState.DELIVERED, "ended": now, "next_try": None}
    if _is_given_up(delivery, result, now):
        return columns | {"state": DeliveryState.FAILED, "ended": now, "next_try": None}
    wait = max(pause(delivery.tries + 1, random.random()), timedelta(seconds=result.retry_after or 0))  # noqa: S311
    return columns | {"next_try": now + wait}


def _webhook_after(item: WebhookItem, delivery: DeliveryItem, result: CallResult, now: datetime) -> dict[str, Any]:
    """What is written down of a webhook after a call."""
    if result.is_success:
        return {"last_success": now}
    columns: dict[str, Any] = {}
    if result.retry_after is not None:
        columns["not_before"] = now + timedelta(seconds=result.retry_after)
    if reason := _reason_to_end(item, delivery, result, now):
        columns |= {"is_active": False, "disabled_reason": reason, "lease_owner": None, "lease_until": None}
    return columns


def _is_given_up(delivery: DeliveryItem, result: CallResult, now: datetime) -> bool:
    return result.status_code == GONE or now - (delivery.first_try or now) >= TRIED_FOR


def _reason_to_end(item: WebhookItem, delivery: DeliveryItem, result: CallResult, now: datetime) -> str | None:
    """Why a webhook is switched off, if it is: it wants nothing more, or nothing at all came through for a day."""
    if not item.is_active or result.is_success:
        return None
    if result.status_code == GONE:
        return "the receiver answered 410"
    has_hope = item.last_success is not None and now - item.last_success < TRIED_FOR
    if _is_given_up(delivery, result, now) and not has_hope:
        return f"nothing came through for a day: {result.error}"
    return None


def _body(message: dict[str, Any]) -> str:
    return orjson.dumps(message, option=orjson.OPT_UTC_Z).decode()
