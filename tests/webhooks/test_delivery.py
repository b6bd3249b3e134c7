"""Events on their way to receivers: signed, in order, again and again, and never to where nobody may be called."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from jobsvc.api.context import Services
from jobsvc.db.database import Database
from jobsvc.domain.access import Role
from jobsvc.domain.change_events import EventFilter
from jobsvc.domain.errors import Conflict, InvalidRequest
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.webhooks import DeliveryItem
from jobsvc.services.events.hub import EventHub, EventPace
from jobsvc.services.webhooks.delivery import LEASE, WebhookDelivery
from jobsvc.services.webhooks.sending import WebhookSender
from jobsvc.services.webhooks.service import NewWebhook, WebhookService
from tests.factories import Factory
from tests.waiting import eventually

from .receiver import Answer, Message, Receiver, answering, receiving


class Stage:
    """Webhooks on the test's database, with a clock that is moved."""

    def __init__(self, db: Database, make: Factory) -> None:
        self.db, self.make, self.now = db, make, datetime.now(UTC)
        hub = EventHub(db, EventPace())
        self.webhooks = WebhookService(db, self.clock, hub, allows_private=True)
        self.delivery = self.process()

    def clock(self) -> datetime:
        return self.now

    def process(self, *, allows_private: bool = True, timeout: float = 5) -> WebhookDelivery:
        """What another process would have."""
        return WebhookDelivery(self.db, self.clock, WebhookSender(allows_private=allows_private, timeout=timeout))

    async def add(self, receiver: Receiver, *types: str, **more: Any) -> tuple[int, str]:
        item, secret = await self.webhooks.make(NewWebhook(receiver.url, types=types or ("job.*",), **more), "jane")
        return item.id, secret

    async def turn(self, after: float = 0, delivery: WebhookDelivery | None = None) -> None:
        """Send what is due, some seconds later."""
        self.now += timedelta(seconds=after)
        process = delivery or self.delivery
        await process.run()
        await process.idle()

    async def cancel(self, job_id: int) -> None:
        async with self.db.engine.begin() as connection:
            await connection.execute(text("UPDATE job SET status = 'CANCELED' WHERE id = :id"), {"id": job_id})

    async def sent(self, webhook_id: int) -> list[DeliveryItem]:
        return list((await self.webhooks.deliveries(webhook_id, PageRequest())).items)[::-1]


@pytest.fixture
async def stage(db: Database, make: Factory) -> AsyncIterator[Stage]:
    stage = Stage(db, make)
    yield stage
    await stage.delivery.close()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


async def test_an_event_arrives_signed_and_as_the_api_shows_it(stage: Stage, receiver: Receiver, client: Any) -> None:
    webhook_id, secret = await stage.add(receiver)
    job_id = (await stage.make.job()).item.job.id
    await stage.turn()
    [message] = receiver.messages
    Webhook(secret).verify(message.body, message.headers)
    [event] = (await client.get(f"/v6/jobs/{job_id}/events/")).json()["results"]
    assert message.event == event
    assert message.headers["webhook-id"] == f"evt_{event['id']}"
    [delivery] = await stage.sent(webhook_id)
    assert (delivery.state, delivery.tries, delivery.status_code, delivery.response) == ("DELIVERED", 1, 200, "x" * 1024)
    await stage.turn(60)
    assert len(receiver.messages) == 1


async def test_both_secrets_are_good_during_an_overlap(stage: Stage, receiver: Receiver) -> None:
    webhook_id, old = await stage.add(receiver)
    _, new = await stage.webhooks.rotate(webhook_id, timedelta(minutes=1))
    await stage.webhooks.test(webhook_id)
    await stage.turn()
    for secret in (old, new):
        Webhook(secret).verify(receiver.messages[0].body, receiver.messages[0].headers)
    await stage.webhooks.test(webhook_id)
    await stage.turn(61)
    assert len(receiver.messages[1].headers["webhook-signature"].split()) == 1


async def test_events_are_chosen_by_type_and_job_type(stage: Stage, receiver: Receiver) -> None:
    await stage.add(receiver, "job_type.*", "job.queued", job_type_names=["echo"])
    await stage.make.job()
    await stage.turn()
    assert {message.event["type"] for message in receiver.messages} == {"job_type.created", "job.queued"}
    with pytest.raises(InvalidRequest, match=r"'job\.vanished' is no type"):
        await stage.add(receiver, "job.vanished")


async def test_events_of_a_job_stay_in_order_and_others_pass_what_fails(stage: Stage, receiver: Receiver) -> None:
    await stage.add(receiver, "job.queued", "job.canceled")
    first, second = [(await stage.make.job()).item.job.id for _ in range(2)]
    await stage.cancel(first)
    refused = True

    async def answer(message: Message) -> Answer:
        return (500 if refused and message.event["job_id"] == first else 200), {}

    receiver.answer = answer
    await stage.turn()
    assert sorted(message.event["job_id"] for message in receiver.messages) == [first, second]
    refused = False
    receiver.messages.clear()
    await stage.turn(4 * 3600)
    assert [message.event["type"] for message in receiver.messages] == ["job.queued", "job.canceled"]


@pytest.mark.parametrize(
    "answer", [answering(500, 200), answering(302, 200, Location="http://127.0.0.1:1/"), answering(404, 200)]
)
async def test_what_is_refused_is_tried_again_after_a_pause(
    stage: Stage, receiver: Receiver, answer: Callable[[Message], Awaitable[Answer]]
) -> None:
    webhook_id, _ = await stage.add(receiver)
    await stage.webhooks.test(webhook_id)
    receiver.answer = answer
    await stage.turn()
    await stage.turn(1)
    assert len(receiver.messages) == 1
    await stage.turn(10)
    assert [delivery.state for delivery in await stage.sent(webhook_id)] == ["DELIVERED"]
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1


async def test_a_receiver_that_wants_to_be_left_alone_is(stage: Stage, receiver: Receiver) -> None:
    webhook_id, _ = await stage.add(receiver)
    await stage.webhooks.test(webhook_id)
    receiver.answer = answering(503, 200, Retry_After="300")
    await stage.turn()
    await stage.webhooks.test(webhook_id)
    await stage.turn(290)
    assert len(receiver.messages) == 1
    await stage.turn(20)
    assert [delivery.state for delivery in await stage.sent(webhook_id)] == ["DELIVERED", "DELIVERED"]


async def test_one_that_hangs_delays_nobody(stage: Stage, receiver: Receiver) -> None:
    hanging = asyncio.Event()

    async def hang(_: Message) -> Answer:
        await hanging.wait()
        return 200, {}

    async with receiving() as slow:
        slow.answer = hang
        process = stage.process(timeout=0.5)
        slow_id, _ = await stage.add(slow)
        await stage.add(receiver)
        for _ in range(2):
            await stage.make.job()
        await process.run()
        await eventually(lambda: len(receiver.messages) == 2)
        await process.idle()
        hanging.set()
        assert [delivery.error for delivery in await stage.sent(slow_id)] == ["no answer within 0.5 seconds"] * 2
        await process.close()


async def test_another_process_goes_on_and_nothing_is_lost(stage: Stage, receiver: Receiver) -> None:
    await stage.add(receiver)
    await stage.delivery.run()
    await stage.make.job()
    other = stage.process()
    await stage.turn(delivery=other)
    assert receiver.messages == []
    # The first one was killed: nobody releases its leases.
    await stage.turn(LEASE.total_seconds() + 1, delivery=other)
    assert len(receiver.messages) == 1
    await other.close()
    await stage.make.job()
    await stage.turn()
    assert len(receiver.messages) == 2


async def test_nobody_answers_for_a_day_and_it_is_switched_off_with_an_event(stage: Stage, receiver: Receiver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        dead = Receiver(f"http://127.0.0.1:{probe.getsockname()[1]}/")
    webhook_id, _ = await stage.add(dead)
    await stage.add(receiver, "webhook.disabled")
    await stage.make.job()
    await stage.turn()
    [delivery] = await stage.sent(webhook_id)
    assert delivery.state == "PENDING"
    await stage.turn(24 * 3600 + 1)
    item = await stage.webhooks.get(webhook_id)
    assert not item.is_active
    assert item.disabled_reason is not None
    assert item.disabled_reason.startswith("nothing came through for a day")
    await stage.turn(2 * LEASE.total_seconds())
    assert [message.event["data"]["webhook_id"] for message in receiver.messages] == [webhook_id]
    with pytest.raises(Conflict, match="is switched off"):
        await stage.webhooks.test(webhook_id)


async def test_one_event_that_is_never_taken_ends_alone(stage: Stage, receiver: Receiver) -> None:
    webhook_id, _ = await stage.add(receiver)
    poison = (await stage.make.job()).item.job.id

    async def answer(message: Message) -> Answer:
        return (400 if message.event.get("job_id") == poison else 200), {}

    receiver.answer = answer
    await stage.turn()
    await stage.turn(23 * 3600)
    await stage.make.job()
    await stage.turn()
    await stage.turn(2 * 3600)
    assert [delivery.state for delivery in await stage.sent(webhook_id)] == ["FAILED", "DELIVERED"]
    assert (await stage.webhooks.get(webhook_id)).is_active


async def test_a_receiver_that_is_gone_is_left_and_comes_back_by_request(stage: Stage, receiver: Receiver) -> None:
    webhook_id, _ = await stage.add(receiver)
    receiver.answer = answering(410, 200)
    await stage.make.job()
    await stage.turn()
    assert (await stage.webhooks.get(webhook_id)).disabled_reason == "the receiver answered 410"
    await stage.make.job()
    await stage.turn(60)
    assert len(receiver.messages) == 1
    await stage.webhooks.change(webhook_id, {"is_active": True})
    await stage.turn()
    assert len(receiver.messages) == 2
    failed, _ = await stage.sent(webhook_id)
    await stage.webhooks.redeliver(webhook_id, failed.id)
    await stage.turn()
    assert [delivery.state for delivery in await stage.sent(webhook_id)] == ["DELIVERED", "DELIVERED"]


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001"])
async def test_nobody_is_called_who_is_not_public(host: str, receiver: Receiver) -> None:
    """Names are judged by what they lead to at the moment of the call."""
    port = receiver.url.rsplit(":", 1)[1].partition("/")[0]
    sender = WebhookSender(allows_private=False)
    result = await sender.send(f"https://{host}:{port}/hook", "evt_1", "{}", [], datetime.now(UTC))
    assert result.error is not None
    assert "is no public address" in result.error
    result = await sender.send(f"http://{host}:{port}/hook", "evt_1", "{}", [], datetime.now(UTC))
    assert result.error == "only https is allowed"
    assert receiver.messages == []


async def test_tokens_are_told_of_when_they_are_made_and_revoked(services: Services) -> None:
    item, _ = await services.tokens.make("nightly", Role.VIEWER)
    await services.tokens.revoke(item.id)
    await services.tokens.revoke(item.id)
    types = frozenset({"token.created", "token.revoked"})
    events = (await services.events.page(EventFilter(types=types), after=0, limit=10)).events
    assert [(event.type, event.data) for event in events] == [
        (name, {"token_id": item.id, "name": "nightly", "role": "viewer"}) for name in ("token.created", "token.revoked")
    ]
