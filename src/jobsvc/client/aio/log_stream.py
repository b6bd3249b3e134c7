"""Reading a stream of events to its end, over as many connections as that takes."""

import time
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import TYPE_CHECKING

from jobsvc.client.aio import waiting
from jobsvc.client.errors import ApiError, ServiceUnreachable
from jobsvc.client.events import EventReader, LogEvent

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport
    from jobsvc.client.http import Params

MAX_AWAY_SECONDS = 10.0
"""A service that has answered before is given this time to come back."""
RETRY_SECONDS = 0.5
END = "end"


async def event_batches(
    http: "Transport", path: str, last_event_id: str | None = None, params: "Params | None" = None
) -> AsyncIterator[list[LogEvent]]:
    """Events as they arrive, those that came together in one list, which may be empty; `end` is the last one.

    A connection that breaks is opened again, and the stream read on behind the last event. Raises ApiError and
    ServiceUnreachable when there is no stream, or none any more for 10 seconds.
    """
    reader = EventReader(last_event_id)
    give_up: float | None = None
    while reader.last_id != END:
        has_answered = False
        try:
            async for events in _connection(http, path, reader, params):
                has_answered = True
                yield events
        except (ApiError, ServiceUnreachable) as exc:
            # From the break on: a stream may have been silent for longer than that.
            give_up = time.monotonic() + MAX_AWAY_SECONDS if has_answered else give_up
            if give_up is None or time.monotonic() > give_up or not _may_come_back(exc):
                raise
        else:
            give_up = time.monotonic() + MAX_AWAY_SECONDS
        if reader.last_id != END:
            await waiting.sleep(RETRY_SECONDS)


async def _connection(
    http: "Transport", path: str, reader: EventReader, params: "Params | None"
) -> AsyncIterator[list[LogEvent]]:
    reader.reset()
    headers = {"Accept": "text/event-stream"} | ({"Last-Event-ID": reader.last_id} if reader.last_id is not None else {})
    async for piece in http.stream(path, params, headers):
        yield reader.feed(piece)


def _may_come_back(problem: ApiError | ServiceUnreachable) -> bool:
    gone = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
    return isinstance(problem, ServiceUnreachable) or problem.status in gone
