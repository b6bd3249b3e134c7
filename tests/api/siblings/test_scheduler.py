"""The settings that apply to all workers."""

import asyncio

import pytest

from jobsvc.db import channels
from jobsvc.db.database import Database
from jobsvc.db.listener import Listener
from jobsvc.domain.records import JobTypeDetails
from tests.db.queue import Queue
from tests.support import Client

PATH = "/v6/scheduler/"


async def test_the_switches_are_shown_and_turned(client: Client) -> None:
    expected = {"is_paused": False, "queue_mode": "FIFO", "num_message_handlers": 0}
    assert (await client.get(PATH)).json() == expected
    answer = await client.patch(PATH, {"queue_mode": "LIFO"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(PATH)).json() == expected | {"queue_mode": "LIFO"}
    await client.patch(PATH, {"is_paused": True})
    assert (await client.get(PATH)).json() == expected | {"queue_mode": "LIFO", "is_paused": True}


async def test_a_change_that_cannot_be_understood_changes_nothing(client: Client) -> None:
    wrong: list[dict[str, object]] = [
        {"is_paused": "perhaps"},
        {"queue_mode": "fifo"},
        {"is_paused": True, "resource_level": "GOOD"},
    ]
    for change in ({}, {"is_paused": None}, *wrong):
        assert (await client.patch(PATH, change)).status_code == 400
    assert not (await client.get(PATH)).json()["is_paused"]


async def test_a_paused_scheduler_starts_nothing_until_it_is_resumed(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo)
    await client.patch(PATH, {"is_paused": True})
    assert await queue.claim() is None
    await client.patch(PATH, {"is_paused": False})
    assert await queue.claim() is not None


async def test_the_mode_says_which_job_is_started_first(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    older, newer = await queue.queued(echo, 2)
    await client.patch(PATH, {"queue_mode": "LIFO"})
    assert [(await queue.claimed()).job_id, (await queue.claimed()).job_id] == [newer, older]


@pytest.mark.parametrize("path", [PATH, "/v6/nodes/{node_id}/"])
async def test_workers_are_told_to_look_at_the_queue(client: Client, db: Database, queue: Queue, path: str) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()
    listening = asyncio.create_task(Listener(db, {channels.QUEUE: heard.put_nowait}).run())
    async with asyncio.timeout(10):
        await heard.get()
        await client.patch(path.format(node_id=queue.node_id), {"is_paused": False})
        await heard.get()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
