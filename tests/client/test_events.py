"""Events of changes through the client."""

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

import pytest

from jobsvc.client import ApiError
from jobsvc.client.aio import AsyncClient
from tests.relay import Relay

from .conftest import NOTHING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from jobsvc.client.models import ChangeEvent

LIFE = ["job.queued", "execution.started", "job.started", "execution.completed", "job.completed"]


async def completed(client: AsyncClient, job_type_id: int) -> int:
    job = await client.jobs.submit(job_type_id, NOTHING)
    return (await client.jobs.wait(job["id"], max_wait=60, interval=0.05))["id"]


async def test_what_happened_to_a_job_is_listed(client: AsyncClient, quick: int) -> None:
    job_id = await completed(client, quick)
    events = [event async for event in client.job_events(job_id)]
    assert [event["type"] for event in events] == LIFE
    assert [event["id"] async for event in client.job_events(job_id, after=events[2]["id"])] == [
        event["id"] for event in events[3:]
    ]
    with pytest.raises(ApiError, match="does not exist"):
        await anext(client.job_events(987654321))


async def test_events_are_chosen_by_what_they_are_about(client: AsyncClient, quick: int) -> None:
    jobs = [await completed(client, quick) for _ in range(2)]
    events = [event async for event in client.events(types=["job.completed", "job.queued"], job_ids=jobs)]
    assert [(event["type"], event["job_id"]) for event in events] == [
        (name, job_id) for job_id in jobs for name in ("job.queued", "job.completed")
    ]
    assert {event["job_type"]["name"] async for event in client.events(job_type_names=["quick"]) if event["job_type"]} == {
        "quick"
    }
    assert [event async for event in client.events(batch_ids=[987654321])] == []


async def test_all_pages_are_read(client: AsyncClient, quick: int, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = await completed(client, quick)
    monkeypatch.setattr("jobsvc.client.aio.change_events.PAGE", 2)
    assert [event["type"] async for event in client.job_events(job_id)] == LIFE


async def test_events_come_and_none_is_missing_where_a_connection_broke(service: str, client: AsyncClient, quick: int) -> None:
    relay = Relay(service)
    await relay.reconnect()
    async with AsyncClient(relay.url) as far, asyncio.timeout(60):
        events = cast(
            "AsyncGenerator[ChangeEvent, None]", far.events(types=["job.queued"], job_type_names=["quick"], follow=True)
        )
        async with aclosing(events):
            first = asyncio.ensure_future(anext(events))
            # It has asked from where on once there is an answer: what is submitted before may or may not come.
            jobs: list[int] = []
            while not first.done():
                jobs.append(await completed(client, quick))
            seen = [(await first)["job_id"]]
            await relay.cut()
            jobs += [await completed(client, quick) for _ in range(3)]
            following = asyncio.ensure_future(anext(events))
            await relay.reconnect()
            seen.append((await following)["job_id"])
            while seen[-1] != jobs[-1]:
                seen.append((await anext(events))["job_id"])
    await relay.cut()
    assert seen == jobs[-len(seen) :]


async def test_a_position_that_there_is_not_is_refused(client: AsyncClient) -> None:
    with pytest.raises(ApiError, match="no event has been at position"):
        await anext(client.events(after=2**50, follow=True))
