"""Following a log over connections that break, past gaps, and at services that have no stream."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jobsvc.client import ApiError, Client
from jobsvc.client.events import EventReader, LogEvent

from .support import serving

LOG = "/v6/job-executions/7/logs/combined/"
T1, T2 = "2024-05-06T12:00:00.000001Z", "2024-05-06T12:00:00.000002Z"
Answer = tuple[int, str]
Query = dict[str, list[str]]
END = 'id: end\nevent: end\ndata: {"status": "COMPLETED", "exit_code": 0}\n\n'


def event(number: int) -> str:
    return f'id: at_{number}\nevent: line\ndata: {{"scale_order_num": {number}}}\n\n'


@contextmanager
def service(stream: Callable[[str | None], Answer], log: Callable[[Query], Any] = lambda _: []) -> Iterator[Client]:
    """A service with one job, whose execution 7 is final; `stream` is asked with the last event's id."""
    execution = {"id": 7, "exe_num": 1, "status": "COMPLETED"}
    resources = {
        "/v6/jobs/1/": {"status": "COMPLETED"},
        "/v6/jobs/1/executions/": {"count": 1, "next": None, "results": [execution]},
        "/v6/jobs/1/executions/1/": execution,
    }

    def answer(request: BaseHTTPRequestHandler) -> Answer:
        url = urlsplit(request.path)
        if url.path == f"{LOG}stream/":
            return stream(request.headers["Last-Event-ID"])
        result = log(parse_qs(url.query)) if url.path == LOG else resources[url.path]
        return 200, json.dumps(result)

    with serving(answer) as url, Client(url) as client:
        yield client


def followed(client: Client) -> list[int]:
    """The numbers of the lines of the job."""
    return [line["scale_order_num"] for look in client.logs.follow(1) for line in look.lines]


def test_a_stream_that_breaks_off_is_read_on_behind_its_last_line() -> None:
    streams = {None: event(1) + event(2), "at_2": event(3), "at_3": END}
    with service(lambda last: (200, streams[last])) as client:
        assert followed(client) == [1, 2, 3]


def test_a_service_that_is_away_for_a_while_is_waited_for() -> None:
    answers = iter([(200, event(1)), (503, ""), (502, ""), (200, event(2) + END)])
    with service(lambda _: next(answers)) as client:
        assert followed(client) == [1, 2]


def test_a_service_that_was_never_there_is_not() -> None:
    with service(lambda _: (503, '{"detail": "away"}')) as client, pytest.raises(ApiError, match="away"):
        followed(client)


def test_lines_of_a_gap_are_fetched() -> None:
    gap = 'event: gap\ndata: {"after": "at_1", "until": "at_3", "lines": 2, "url": ""}\n\n'
    asked: list[Query] = []

    def log(query: Query) -> list[dict[str, int]]:
        asked.append(query)
        return [{"scale_order_num": number} for number in (2, 3, 4, 5)]

    with service(lambda _: (200, event(1) + gap + event(4) + END), log) as client:
        assert followed(client) == [1, 2, 3, 4]
    assert [query["cursor"] for query in asked] == [["at_1"]]


def test_a_service_without_streams_is_asked_again_and_again() -> None:
    """`started` is inclusive, so every answer repeats what was read at its instant."""
    written = [(T1, 1), (T1, 2)]
    later: list[list[tuple[str, int]]] = [[(T1, 3)], [(T1, 4), (T2, 5)], [(T2, 6)]]

    def log(query: Query) -> list[dict[str, Any]]:
        since = query.get("started", [""])[0]
        result = [{"@timestamp": time, "scale_order_num": number} for time, number in written if time >= since]
        written.extend(later.pop(0) if later else [])
        return result

    with service(lambda _: (404, "{}"), log) as client:
        assert followed(client) == [1, 2, 3, 4, 5, 6]


def test_the_events_themselves_can_be_read() -> None:
    away = 'event: unavailable\ndata: {"detail": "away"}\n\n'
    with service(lambda _: (200, f": alive\n\n{away}{event(1)}{END}")) as client:
        events = list(client.logs.stream(7, last_event_id="at_0"))
    assert [item.name for item in events] == ["unavailable", "line", "end"]
    assert events[1] == LogEvent("line", {"scale_order_num": 1}, "at_1")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_events_are_whole_wherever_the_stream_was_cut(size: int, line_end: str) -> None:
    stream = ("retry: 1000\n\n: alive\n\n" + event(1) + "event: line\ndata:{}\n\n" + END).replace("\n", line_end).encode()
    reader = EventReader()
    pieces = (stream[at : at + size] for at in range(0, len(stream), size))
    assert [(item.name, item.id) for piece in pieces for item in reader.feed(piece)] == [
        ("line", "at_1"),
        ("line", None),
        ("end", "end"),
    ]
