"""Events over HTTP: lists, waiting, streams and the timeline of a job."""

import asyncio
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import event as listening
from sqlalchemy import text

from jobsvc.api.v6.schemas.events import ChangeEvent as EventSchema
from jobsvc.db.database import Database
from jobsvc.domain.change_events import EventFilter
from tests.api.event_stream import parse
from tests.api.logged import serving
from tests.factories import Factory
from tests.support import Client
from tests.waiting import eventually

SECONDS = 30


async def events(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = (await client.get("/v6/events/", **query)).json()
    for event in answer["results"]:
        Draft202012Validator(EventSchema.model_json_schema(by_alias=True)).validate(event)
    return list(answer["results"])


async def types(client: Client, **query: Any) -> list[str]:
    return [event["type"] for event in await events(client, **query)]


async def test_the_events_of_a_job_that_is_canceled_and_requeued(client: Client, make: Factory) -> None:
    job = await make.job()
    job_id = job.item.job.id
    for command in ("cancel", "requeue"):
        await client.post(f"/v6/jobs/{command}/", json={"job_ids": [job_id]})
        await make.services.bulk_work.run_open()
    timeline = (await client.get(f"/v6/jobs/{job_id}/events/")).json()
    assert [(event["type"], event["data"].get("status_before")) for event in timeline["results"]] == [
        ("job.queued", None),
        ("job.canceled", "QUEUED"),
        ("execution.canceled", None),
        ("job.requeued", "CANCELED"),
    ]
    assert {event["job_type"]["name"] for event in timeline["results"]} == {"echo"}
    assert {event["actor"] for event in timeline["results"]} == {"Anonymous"}
    assert [event["bulk_operation_id"] for event in timeline["results"]] == [None, 1, 1, 2]
    assert [event["id"] for event in timeline["results"]] == sorted(event["id"] for event in timeline["results"])
    bulk = await types(client, type=["bulk.accepted", "bulk.started", "bulk.completed"])
    assert bulk == ["bulk.accepted", "bulk.completed"] * 2


async def test_an_unknown_job_has_no_events(client: Client) -> None:
    assert (await client.get("/v6/jobs/99/events/")).status_code == 404


async def test_settings_are_told_with_what_they_were_but_no_secrets(client: Client, make: Factory) -> None:
    job_type = await make.job_type()
    after = (await events(client))[-1]["id"]
    path = f"/v6/job-types/{job_type.item.job_type.name}/{job_type.item.job_type.version}/"
    assert (await client.patch(path, json={"is_paused": True, "max_scheduled": 3})).status_code in {200, 204}
    await client.patch("/v6/scheduler/", json={"is_paused": True})
    changed = await events(client, after=after)
    assert [event["type"] for event in changed] == ["job_type.changed", "scheduler.changed"]
    assert changed[0]["data"]["changed"] == ["is_paused", "max_scheduled"]
    assert changed[0]["data"]["after"]["max_scheduled"] == 3
    assert changed[0]["data"]["before"]["is_paused"] is False
    assert changed[1]["data"]["after"]["is_paused"] is True
    await client.patch("/v6/scheduler/", json={"is_paused": True})
    assert await types(client, after=changed[1]["id"]) == []


async def test_filters_and_pages(client: Client, make: Factory) -> None:
    one, two = await make.job_type("one"), await make.job_type("two")
    jobs = [(await make.job(kind)).item.job.id for kind in (one, two, one)]
    assert [event["job_id"] for event in await events(client, type="job.queued", job_type_name="one")] == [jobs[0], jobs[2]]
    assert [event["job_id"] for event in await events(client, job_id=[jobs[1]])] == [jobs[1]]
    assert await events(client, batch_id=7) == []
    read: list[int] = []
    after = 0
    while True:
        page = (await client.get("/v6/events/", page_size=2, after=after)).json()
        read += [event["id"] for event in page["results"]]
        if page["next"] == page["last"]:
            break
        after = page["next"]
    assert read == [event["id"] for event in await events(client)]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"after": "x"}, "after"),
        ({"after": -1}, "after"),
        ({"after": 2**70}, "after"),
        ({"after": 10**6}, "after"),
        ({"wait": 31}, "wait"),
        ({"wait": "long"}, "wait"),
        ({"page_size": 0}, "page_size"),
        ({"page_size": 1001}, "page_size"),
        ({"type": "job.exploded"}, "type"),
        ({"job_id": "a"}, "job_id"),
        ({"batch_id": "a"}, "batch_id"),
        ({"job_type_name": "a\0"}, "job_type_name"),
    ],
)
async def test_what_cannot_be_asked_for(client: Client, query: dict[str, Any], name: str) -> None:
    answer = await client.get("/v6/events/", **query)
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, name)


@pytest.mark.parametrize("last", ["x", "-1", "1.5", "9" * 30, "²"])
async def test_an_id_that_no_event_had(client: Client, last: str) -> None:
    answer = await client.get("/v6/events/stream/", last_event_id=last)
    assert (answer.status_code, answer.json()["detail"].partition(":")[0]) == (400, "last_event_id")


async def test_whoever_waits_is_answered_at_the_first_event(client: Client, make: Factory) -> None:
    kind = await make.job_type()
    after = (await client.get("/v6/events/")).json()["last"]
    waiting = asyncio.create_task(client.get("/v6/events/", after=after, wait=SECONDS, type="job.queued"))
    hub = make.services.events.hub
    await eventually(lambda: hub._subscribers)
    job = await make.job(kind)
    answer = (await asyncio.wait_for(waiting, SECONDS)).json()
    assert [event["job_id"] for event in answer["results"]] == [job.item.job.id]
    assert answer["next"] >= answer["results"][-1]["id"]
    await eventually(lambda: not hub._subscribers)
    assert hub._task is None


async def test_whoever_waits_in_vain_learns_how_far_it_came(client: Client) -> None:
    answer = (await client.get("/v6/events/", wait=1)).json()
    assert answer == {"results": [], "next": answer["last"], "last": answer["last"]}


async def expire(db: Database, last: int) -> None:
    async with db.engine.begin() as connection:
        await connection.execute(text("INSERT INTO expired_event_day VALUES ('2020-01-01', :last)"), {"last": last})


async def test_a_position_that_is_too_old(client: Client, make: Factory, db: Database) -> None:
    await make.job()
    last = (await client.get("/v6/events/")).json()["last"]
    await expire(db, last)
    answers = [
        await client.get("/v6/events/", after=last - 1),
        await client.get("/v6/events/stream/", after=last - 1),
        await client.request("GET", "/v6/events/stream/", headers={"Last-Event-ID": str(last - 1)}),
        await client.get("/v6/jobs/1/events/", after=last - 1),
    ]
    assert [(answer.status_code, answer.json()["earliest"]) for answer in answers] == [(410, last)] * 4
    assert str(last) in answers[0].json()["detail"]
    assert [(await client.get("/v6/events/", after=position)).status_code for position in (0, last)] == [200, 200]


async def read_stream(answer: httpx.Response, until: str, count: int = 1) -> list[dict[str, Any]]:
    """The events of a stream up to the `count`-th of a type."""
    body = b""
    async with asyncio.timeout(SECONDS):
        async for piece in answer.aiter_bytes():
            body += piece
            if body.endswith(b"\n\n") and body.count(f'"type":"{until}"'.encode()) >= count:
                break
    return [event.data for event in parse(body)]


async def test_a_stream_goes_on_behind_the_last_event(client: Client, make: Factory) -> None:
    kind = await make.job_type()
    for _ in range(3):
        await make.job(kind)
    listed = await events(client)
    async with serving(client.app) as http:
        async with http.stream("GET", "/v6/events/stream/", params={"after": 0}) as answer:
            assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert await read_stream(answer, "job.queued", 3) == listed
        headers = {"Last-Event-ID": str(listed[-2]["id"])}
        async with http.stream("GET", "/v6/events/stream/?after=0", headers=headers) as answer:
            assert await read_stream(answer, "job.queued") == listed[-1:]


async def test_a_stream_without_a_position_has_what_is_new(client: Client, make: Factory) -> None:
    kind = await make.job_type()
    await make.job(kind)
    async with serving(client.app) as http, http.stream("GET", "/v6/events/stream/?type=job.queued") as answer:
        await eventually(lambda: make.services.events.hub._subscribers)
        new = [(await make.job(kind)).item.job.id for _ in range(2)]
        assert [event["job_id"] for event in await read_stream(answer, "job.queued", 2)] == new


async def test_a_stream_ends_when_the_service_stops(client: Client, make: Factory) -> None:
    async with serving(client.app) as http, http.stream("GET", "/v6/events/stream/") as answer:
        body = answer.aiter_bytes()
        first = await anext(body)
        assert b"retry: " in first
        make.services.events.close()
        async with asyncio.timeout(SECONDS):
            assert b"".join([piece async for piece in body]).endswith(b": closed\nretry: 1000\n\n")


async def test_many_streams_cost_one_query_a_tick(make: Factory) -> None:
    service = make.services.events
    criteria = EventFilter(types=frozenset({"job_type.created"}))
    subscribed = [service.follow(criteria, None) for _ in range(200)]
    assert [await anext(item) for item in subscribed] == [None] * 200
    tasks = [asyncio.create_task(anext(item)) for item in subscribed]
    await eventually(lambda: len(service.hub._subscribers) == 200)
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    listening.listen(make.db.engine.sync_engine, "before_cursor_execute", count)
    before = statements
    await make.job_type("late")
    async with asyncio.timeout(SECONDS):
        batches = await asyncio.gather(*tasks)
    listening.remove(make.db.engine.sync_engine, "before_cursor_execute", count)
    assert all(batch is not None and [item.type for item in batch.events] == ["job_type.created"] for batch in batches)
    assert statements - before < 100
    for item in subscribed:
        await item.aclose()


async def test_who_asked_for_it_is_named(client: Client, make: Factory, db: Database) -> None:
    await make.job_type()
    await client.patch("/v6/scheduler/", json={"is_paused": True})
    assert (await events(client))[-1]["actor"] == "Anonymous"
    async with db.engine.begin() as connection:
        await connection.execute(text("UPDATE scheduler SET is_paused = false"))
    assert (await events(client))[-1]["actor"] is None
