"""Events of a followed log."""

from typing import Any

from pydantic import BaseModel, Field

from jobsvc.api.models import ApiModel
from jobsvc.api.responses import reference
from jobsvc.api.v6.schemas.logs import LogRecord


class LogGap(ApiModel):
    """Lines that were not sent, because the client read too slowly."""

    after: str | None = Field(description="The id of the last line before the gap, null when it begins with the first line.")
    until: str = Field(description="The id of the last line in the gap.")
    lines: int = Field(description="The number of lines in the gap.")
    url: str = Field(description="Where they can be read; if they are more than a page, its `Link` leads on.")


class LogOutage(ApiModel):
    """The log store cannot be reached; the stream continues when it is back."""

    detail: str = Field(description="What is wrong.")


class LogEnd(ApiModel):
    """The execution is final, and all lines that the log store has were sent."""

    status: str = Field(description="The status of the job execution: COMPLETED, FAILED or CANCELED.")
    exit_code: int | None = Field(description="The exit code of the job, when it ran to its end.")
    complete: bool = Field(description="False when lines are missing that the worker may still deliver.")


EVENTS: dict[str, type[BaseModel]] = {"line": LogRecord, "gap": LogGap, "unavailable": LogOutage, "end": LogEnd}
"""What `data` of each event is, as JSON in one line."""
EVENT: dict[str, Any] = {
    "type": "string",
    "description": "Events as `text/event-stream` writes them; `data` is JSON of the shape that belongs to `event`.",
    # Generators know no events: they give the text. The shapes are named here so that clients have types for `data`.
    "x-event-data": {name: reference(model) for name, model in EVENTS.items()},
}
STREAM = """The log, event by event.

- `line`: a new line, the oldest first.
- `gap`: lines that were left out, because the client read too slowly, and where they can be read.
- `unavailable`: the log store cannot be reached; the stream goes on when it is back.
- `end`: the last event, when the execution is final and all lines were sent. Lines that a worker still keeps, because the log
  store was away, are waited for for half a minute.

A comment every 15 seconds without news keeps the connection alive. A stream that ends without `end` was cut off, by a restart
of the service for example: come back with the id of the last line.
"""
