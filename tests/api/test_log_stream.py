"""A log as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from jobsvc.api.v6.schemas.log_events import EVENTS
from tests.api.event_stream import Event, parse
from tests.api.logged import GRACE_SECONDS, serving
from tests.factories import Factory
from tests.services.logs.logged import Logged, running
from tests.support import Client
from tests.waiting import eventually

SECONDS = 30
"""More than anything here takes, also on a busy machine."""


@pytest.fixture
async def job(make: Factory) -> Logged:
    return await running(make)


def path(job: Logged, name: str = "combined") -> str:
    return f"/v6/job-executions/{job.execution.id}/logs/{name}/stream/"


def lines(events: list[Event]) -> list[int]:
    return [event.data["scale_order_num"] for event in events if event.name == "line"]


async def read(client: Client, url: str, **options: Any) -> list[Event]:
    """The events of an execution that is final; each is of the shape that the document declares."""
    answer = await client.request("GET", url, **options)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")
    events = parse(answer.content)
    for event in events:
        Draft202012Validator(EVENTS[event.name].model_json_schema(by_alias=True)).validate(event.data)
    return events


async def test_a_stream_is_the_log_and_its_end(client: Client, job: Logged) -> None:
    await job.write(*range(1, 11))
    await job.end(3)
    events = await read(client, path(job))
    records = (await client.get(path(job).removesuffix("stream/"))).json()
    assert [event.data for event in events[:-1]] == records
    assert events[-1] == Event("end", {"status": "FAILED", "exit_code": 3, "complete": True}, "end")


@pytest.mark.parametrize(("name", "numbers"), [("stdout", [*range(1, 10), 11]), ("stderr", [10]), ("combined", [*range(1, 12)])])
async def test_which_lines(client: Client, job: Logged, name: str, numbers: list[int]) -> None:
    await job.write(*range(1, 12))
    await job.end()
    assert lines(await read(client, path(job, name))) == numbers


async def test_a_stream_goes_on_behind_the_last_event(client: Client, job: Logged) -> None:
    await job.write(*range(1, 5))
    await job.end()
    ids = [event.last_id for event in await read(client, path(job))]
    for at_number, last in enumerate(ids[:-1], start=1):
        expected = list(range(at_number + 1, 5))
        assert lines(await read(client, path(job), headers={"Last-Event-ID": last})) == expected
        assert lines(await read(client, path(job), params={"last_event_id": last})) == expected
        # A browser that was given an address with a parameter sends the header when it comes back.
        assert lines(await read(client, path(job), params={"last_event_id": ids[0]}, headers={"Last-Event-ID": last})) == expected
    assert lines(await read(client, path(job), headers={"Last-Event-ID": ""})) == [1, 2, 3, 4]


async def test_who_comes_back_after_the_end_is_told_to_stay_away(client: Client, job: Logged) -> None:
    await job.end()
    assert (await read(client, path(job)))[-1].last_id == "end"
    answer = await client.request("GET", path(job), headers={"Last-Event-ID": "end"})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_what_is_not_there_cannot_be_followed(client: Client, job: Logged) -> None:
    for url in ("0/logs/stdout/stream/", "99/logs/stdout/stream/", f"{job.execution.id}/logs/all/stream/"):
        assert (await client.get(f"/v6/job-executions/{url}")).status_code == 404


@pytest.mark.parametrize("last", ["x", "1", "1_2_3", "END"])
async def test_an_id_that_no_event_had(client: Client, job: Logged, last: str) -> None:
    by_query = await client.get(path(job), last_event_id=last)
    by_header = await client.request("GET", path(job), headers={"Last-Event-ID": last})
    assert [answer.status_code for answer in (by_query, by_header)] == [400, 400]
    assert by_query.json()["detail"].startswith("last_event_id: ")
    assert by_header.json()["detail"].startswith("Last-Event-ID: ")


async def test_head_does_not_wait_for_the_end(client: Client, job: Logged) -> None:
    answer = await asyncio.wait_for(client.request("HEAD", path(job)), SECONDS)
    assert (answer.status_code, answer.content) == (200, b"")


async def pieces(stream: AsyncIterator[bytes], until: bytes) -> bytes:
    """What comes, up to and with some text."""
    result = b""
    async with asyncio.timeout(SECONDS):
        while until not in result:
            result += await anext(stream)
    return result


async def test_new_lines_come_while_the_job_runs(client: Client, job: Logged) -> None:
    await job.write(1)
    async with serving(client.app) as http, http.stream("GET", path(job)) as answer:
        body = answer.aiter_bytes()
        assert b"retry: " in await pieces(body, b"line 1")
        await job.write(2)
        assert lines(parse(await pieces(body, b"line 2"))) == [2]
        await job.end()
        assert parse(await pieces(body, b"event: end"))[-1].name == "end"
        assert [piece async for piece in body] == []


async def test_whoever_leaves_is_followed_by_nobody(client: Client, job: Logged) -> None:
    following = client.app.state.services.log_tail
    async with serving(client.app) as http:
        for _ in range(3):
            async with http.stream("GET", path(job)) as answer:
                await pieces(answer.aiter_bytes(), b"retry")
                assert {key: value.subscribers for key, value in following._followed.items()} == {job.execution.id: 1}
        await eventually(lambda: not following._followed)


async def test_a_server_that_stops_does_not_wait_for_those_who_follow(client: Client, job: Logged) -> None:
    loop = asyncio.get_running_loop()
    async with serving(client.app) as http:
        answer = await http.send(http.build_request("GET", path(job)), stream=True)
        body = answer.aiter_bytes()
        await pieces(body, b"retry")
        begun = loop.time()
        reading = asyncio.create_task(pieces(body, b"closed"))
    assert parse(await reading) == []
    assert loop.time() - begun < GRACE_SECONDS / 2
