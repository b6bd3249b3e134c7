"""Events of changes as server-sent events (see `logs/sse.py` for why the framework's own are not used)."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from starlette.responses import StreamingResponse

from jobsvc.api.context import to_json
from jobsvc.api.shapes import shape_of
from jobsvc.api.v6.schemas.events import ChangeEvent
from jobsvc.services.events.hub import EventBatch

MEDIA_TYPE = "text/event-stream"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
"""Nothing on the way may keep the stream or gather pieces of it."""
BEGIN = b"retry: 1000\n\n"
CLOSED = b": closed\nretry: 1000\n\n"


class EventStream(StreamingResponse):
    """A stream of events."""

    media_type = MEDIA_TYPE


async def change_stream(batches: AsyncGenerator[EventBatch | None, None]) -> EventStream:
    """The events as they come.

    Raises:
        PositionExpired: They are not kept any more.
        InvalidRequest: There are none there.
    """
    # What raises now can still be answered.
    await anext(batches)
    return EventStream(_pieces(batches), headers=HEADERS)


async def _pieces(batches: AsyncGenerator[EventBatch | None, None]) -> AsyncIterator[bytes]:
    yield BEGIN
    position = 0
    async with aclosing(batches):
        async for batch in batches:
            position = position if batch is None else batch.until
            if batch is None:
                # An id without data is noted by browsers: who comes back need not look through what did not fit.
                yield b": alive\n\n" if not position else b": alive\nid: %d\n\n" % position
            elif batch.events:
                yield batch.rendered(_rendered)
    yield CLOSED


def _rendered(batch: EventBatch) -> bytes:
    shape = shape_of(ChangeEvent)
    # JSON has no line ends of its own, which would end the field.
    return b"".join(b"id: %d\ndata: %b\n\n" % (event.seq, to_json(shape.of(event, None))) for event in batch.events)
