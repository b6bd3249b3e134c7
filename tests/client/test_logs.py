"""Logs through the client."""

import pytest

from jobsvc.client.aio import AsyncClient
from jobsvc.client.models import Data

from .conftest import TALK

LINES: Data = {"files": {}, "json": {"COUNT": 12}}


@pytest.fixture
async def talking(client: AsyncClient) -> int:
    """A job that writes twelve lines, slowly."""
    return (await client.jobs.submit((await client.job_types.get(TALK))["id"], LINES))["id"]


async def test_a_job_is_followed_to_its_end(client: AsyncClient, talking: int) -> None:
    looks = [look async for look in client.logs.follow(talking, interval=0.05)]
    assert [line["message"] for look in looks for line in look.lines] == [f"line {n}" for n in range(1, 13)]
    assert looks[-1].status == "COMPLETED"


async def test_events_end_with_the_exit_code_and_can_be_resumed(client: AsyncClient, talking: int) -> None:
    await client.jobs.wait(talking, max_wait=60, interval=0.05)
    execution = await client.jobs.execution(talking, 1)
    events = [event async for event in client.logs.stream(execution["id"])]
    assert [event.name for event in events] == ["line"] * 12 + ["end"]
    assert events[-1].data["exit_code"] == 0
    resumed = [event async for event in client.logs.stream(execution["id"], last_event_id=events[9].id)]
    assert [event.data["message"] for event in resumed[:-1]] == ["line 11", "line 12"]
    assert [line["message"] async for line in client.logs.lines(execution["id"], "stderr")] == []
