"""A followed log as server-sent events.

Written here, and not by the framework or a library for such streams: those begin to answer before the handler has looked
whether the execution exists and its log can be read, and they write each event again for each subscriber.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any, assert_never

from starlette.responses import StreamingResponse

from jobsvc.api.context import to_json
from jobsvc.api.logs.cursor import read_position, write_position
from jobsvc.api.logs.formats import SAFE, record
from jobsvc.api.logs.selection import MOST_LINES
from jobsvc.ports.log_store import LogLine, Position
from jobsvc.services.logs.log_events import Closed, Ended, Gap, KeepAlive, Lines, LogEvent, Unavailable
from jobsvc.services.logs.service import position_of

MEDIA_TYPE = "text/event-stream"
HEADERS = SAFE | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""Nothing on the way may keep the stream or gather pieces of it."""
BEGIN = b"retry: 1000\n\n"
END_ID = "end"
"""The id of the last event: who comes back with it has seen everything."""


class EventStream(StreamingResponse):
    """A stream of events."""

    media_type = MEDIA_TYPE


async def event_stream(events: AsyncGenerator[LogEvent, None], address: str) -> EventStream:
    """The events as they come; `address` is where the log can be read by pages.

    Raises:
        LogsUnavailable: The log store is away.
    """
    # What raises now can still be answered.
    await anext(events)
    return EventStream(_events(events, address), headers=HEADERS)


def position_of_event(last_event_id: str, name: str) -> Position | None:
    """Where to go on; None for the beginning (an empty id is none).

    Raises:
        InvalidRequest: The text names the parameter.
    """
    return read_position(last_event_id, name) if last_event_id else None


async def _events(events: AsyncGenerator[LogEvent, None], address: str) -> AsyncIterator[bytes]:
    yield BEGIN
    async with aclosing(events):
        async for event in events:
            yield _event(event, address)


def _event(event: LogEvent, address: str) -> bytes:
    match event:
        case Lines():
            return event.rendered(_line_events)
        case Gap():
            return _named(b"gap", _gap(event, address))
        case Unavailable():
            return _named(b"unavailable", {"detail": event.detail})
        case Ended():
            end = {"status": event.status, "exit_code": event.exit_code, "complete": event.is_whole}
            return b"id: %b\n%b" % (END_ID.encode(), _named(b"end", end))
        case Closed():
            return b": closed\n%b" % BEGIN
        case KeepAlive():
            return b": alive\n\n"
        case _:
            assert_never(event)


def _line_events(lines: list[LogLine]) -> bytes:
    return b"".join(b"id: %b\n%b" % (write_position(position_of(line)).encode(), _named(b"line", record(line))) for line in lines)


def _named(name: bytes, data: dict[str, Any]) -> bytes:
    # JSON has no line ends of its own, which would end the field.
    return b"event: %b\ndata: %b\n\n" % (name, to_json(data))


def _gap(gap: Gap, address: str) -> dict[str, Any]:
    """Without an id: who reconnects here gets the lines themselves."""
    after = write_position(gap.after) if gap.after is not None else None
    query = f"format=json&page_size={min(gap.lines, MOST_LINES)}" + (f"&cursor={after}" if after else "")
    return {"after": after, "until": write_position(gap.until), "lines": gap.lines, "url": f"{address}?{query}"}
