"""What the store `elasticsearch` does when a server, or whatever stands before it, says no."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.domain.errors import InvalidRequest, LogsUnavailable
from jobsvc.domain.log_text import LogText
from jobsvc.domain.status import Stream
from jobsvc.logstores.elasticsearch import ElasticsearchLogStore, Options
from jobsvc.ports.log_store import LogLine, LogOrigin, LogSearch

from .picky_server import Answer, PickyServer, serving

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINES = [LogLine(NOW, number, Stream.STDOUT, f"line {number}", LogOrigin("c", 1)) for number in range(1, 9)]


@asynccontextmanager
async def store_on(server: PickyServer, **options: Any) -> AsyncIterator[ElasticsearchLogStore]:
    url = server.url.replace("http://", f"http://{options.pop('user', '')}")
    store = ElasticsearchLogStore(Options((url,), **options), "logs")
    yield store
    await store.close()


def numbers(body: bytes) -> list[int]:
    documents = (json.loads(line) for line in body.splitlines()[1::2])
    return [document["scale_order_num"] for document in documents]


async def test_what_is_too_large_for_one_request_takes_several() -> None:
    taken: list[list[int]] = []

    def answer(path: str, body: bytes) -> Answer:
        if "_bulk" in path and len(numbers(body)) > 3:
            return 413, "{}"
        taken.append(numbers(body))
        return 200, '{"errors": false, "items": []}'

    async with serving(answer) as server, store_on(server) as store:
        await store.append(1, LINES)
    assert taken[1:] == [[1, 2], [3, 4], [5, 6], [7, 8]]


async def test_a_line_that_is_too_large_is_cut() -> None:
    taken: list[str] = []

    def answer(path: str, body: bytes) -> Answer:
        if "_bulk" in path and len(body) > 10_000:
            return 413, "{}"
        taken.append(body.decode())
        return 200, '{"errors": false, "items": []}'

    long = LogLine(NOW, 9, Stream.STDOUT, "x" * 20_000, LogOrigin("c", 1))
    async with serving(answer) as server, store_on(server) as store:
        await store.append(1, [*LINES, long])
    assert [text.count("line") for text in taken[1:]] == [4, 2, 1, 1, 1]
    assert "xxx [jobsvc: cut" in taken[-1]


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (429, "es_rejected_execution_exception", "queue is full"),
        (503, "unavailable_shards_exception", "primary shard is not active"),
        (403, "cluster_block_exception", "index read-only"),
        (400, "validation_exception", "this cluster has the maximum of shards"),
    ],
)
async def test_what_may_be_over_some_time_is_to_be_sent_again(status: int, error: str, reason: str) -> None:
    item = {"create": {"status": status, "error": {"type": error, "reason": reason}}}
    answer = json.dumps({"errors": True, "items": [{"create": {"status": 201}}] * 7 + [item]})
    async with serving(lambda _path, _body: (200, answer)) as server, store_on(server) as store:
        with pytest.raises(LogsUnavailable, match=reason):
            await store.append(1, LINES)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_a_server_that_says_no_is_away(status: int) -> None:
    answer = status, json.dumps({"error": {"type": "any", "reason": "for\nthis"}, "status": status})
    async with serving(lambda _path, _body: answer) as server, store_on(server, user="me:secret@") as store:
        with pytest.raises(LogsUnavailable, match=f"{status} any for this") as problem:
            await store.append(1, LINES)
    assert "secret" not in problem.value.detail


async def test_an_index_that_is_being_made_is_waited_for() -> None:
    answers = iter([503, 503, 200])
    async with serving(lambda _path, _body: (next(answers), "{}")) as server, store_on(server) as store:
        assert await store.search(LogSearch(NOW - timedelta(days=1), NOW, LogText(("word",)))) == []


async def test_a_search_that_takes_too_long_is_refused() -> None:
    async with serving(lambda _path, _body: (200, '{"timed_out": true}')) as server, store_on(server) as store:
        with pytest.raises(InvalidRequest, match="shorter time range"):
            await store.search(LogSearch(NOW - timedelta(days=1), NOW, LogText(("word",))))


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, None),
        ({"user": "me:a%40b@"}, f"Basic {base64.b64encode(b'me:a@b').decode()}"),
        ({"api_key": "abc"}, "ApiKey abc"),
        ({"user": "me:secret@", "api_key": "abc"}, "ApiKey abc"),
    ],
)
async def test_the_store_says_who_it_is(options: dict[str, str], sent: str | None) -> None:
    async with serving(lambda _path, _body: (200, "{}")) as server, store_on(server, **options) as store:
        await store.check()
    result = [line.partition(": ")[2] for line in server.heads[0].split("\r\n") if line.lower().startswith("authorization: ")]
    assert result == ([] if sent is None else [sent])
