"""Parameters that say which lines of a log are asked for."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BeforeValidator, Field

from jobsvc.api.context import services_of
from jobsvc.api.fields import Instant, Text, read_int
from jobsvc.api.logs.cursor import read_position
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import parse_range
from jobsvc.domain.log_text import parse_log_text
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogQuery

MOST_LINES = 10_000
"""Of a page and of a tail."""
DEFAULT_LINES = 1000
WORDS = (
    'Only lines with these words, in any case: `disk full` both, `"disk full"` in a row, `-retry` not that one. '
    "Words are found whole."
)


class LogId(StrEnum):
    """Which output to include."""

    STDOUT = "stdout"
    STDERR = "stderr"
    COMBINED = "combined"

    @property
    def stream(self) -> Stream | None:
        """The stream that lines have to be of; None for both."""
        return None if self is LogId.COMBINED else Stream(self)


class LogOrder(StrEnum):
    """The order of the lines."""

    ASC = "asc"
    DESC = "desc"


Count = Annotated[int, Field(ge=1, le=MOST_LINES), BeforeValidator(read_int)]
Words = Annotated[Text, Query(description=WORDS)]
Order = Annotated[LogOrder, Query(description="Order by time, the oldest line first (`asc`) or the newest first (`desc`).")]


@dataclass(frozen=True)
class Selection:
    """The lines that are asked for: those of the query, of them the last `tail`, or a page of `page_size`."""

    query: LogQuery
    tail: int | None = None
    page_size: int | None = None


async def _selection(
    request: Request,
    execution_id: int,
    log_id: LogId,
    *,
    started: Annotated[Instant | None, Query(description="Only lines of this time or later.")] = None,
    ended: Annotated[Instant | None, Query(description="Only lines of this time or earlier.")] = None,
    order: Order = LogOrder.ASC,
    q: Words | None = None,
    tail: Annotated[Count | None, Query(description="The number of lines to return from the end of the log.")] = None,
    page_size: Annotated[
        Count | None,
        Query(
            description="Return one page with at most this number of lines. Default with `cursor`: 1000, without both: all lines."
        ),
    ] = None,
    cursor: Annotated[str | None, Query(description="Where the page begins: taken from the `Link` of the page before.")] = None,
) -> Selection:
    """Read the parameters.

    Raises:
        InvalidRequest: Something is wrong with it; the text names what.
        NotFound: For the execution.
    """
    if tail is not None and not (page_size is None and cursor is None):
        raise InvalidRequest("tail: cannot be divided into pages; leave out page_size and cursor.")
    services = services_of(request)
    first, last = parse_range(started, ended, services.clock())
    text = None if q is None else parse_log_text(q)
    after = None if cursor is None else read_position(cursor, "cursor")
    # After the parameters: what is wrong with a request comes before what is not there.
    execution = await services.logs.execution(execution_id)
    query = LogQuery(execution, log_id.stream, first, last, text, after, newest_first=order is LogOrder.DESC)
    return Selection(query, tail, page_size or (DEFAULT_LINES if cursor is not None else None))


Selected = Annotated[Selection, Depends(_selection)]
"""The parameters of one execution's log."""
