"""Events of changes: those that there are, and those that come."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from jobsvc.client.aio.log_stream import event_batches
from jobsvc.client.models import ChangeEvent, ChangeEventPage

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport
    from jobsvc.client.http import Params

PAGE = 1000
"""Events that are fetched at a time."""
EVENTS = "v6/events/"


async def listed(http: "Transport", path: str, query: "Params", after: int) -> AsyncIterator[ChangeEvent]:
    """All events behind a position that there are by now, page by page."""
    while True:
        page: ChangeEventPage = await http.get(path, {**query, "after": after, "page_size": PAGE})
        for event in page["results"]:
            yield event
        if page["next"] >= page["last"]:
            return
        after = page["next"]


async def followed(http: "Transport", query: "Params", after: int | None) -> AsyncIterator[ChangeEvent]:
    """Events behind a position, or from now on, as they come, without an end; none is left out where a connection breaks."""
    if after is None:
        # A stream that breaks off before its first event has no id yet to come back with.
        page: ChangeEventPage = await http.get(EVENTS, {**query, "after": 0, "page_size": 1})
        after = page["last"]
    async for batch in event_batches(http, f"{EVENTS}stream/", str(after), query):
        for event in batch:
            yield event.data
