"""Search in the logs of all job executions."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator, Field

from jobsvc.api.context import json_response, services_of
from jobsvc.api.fields import Instant, Text, read_int
from jobsvc.api.logs.cursor import read_search_position, write_search_position
from jobsvc.api.logs.formats import record
from jobsvc.api.logs.selection import LogId, LogOrder, Order, Words
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.urls import here_with
from jobsvc.api.v6.schemas import logs as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import parse_range
from jobsvc.domain.iso8601 import write_timestamp
from jobsvc.domain.log_text import parse_log_text
from jobsvc.ports.log_store import LogLine, LogSearch

router = APIRouter(tags=["logs"])
LONGEST = timedelta(days=31)
"""A time range: a store that has years of lines must not be asked for all of them."""
PageSize = Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_int)]


async def _search(
    request: Request,
    *,
    q: Words,
    started: Annotated[Instant, Query(description="Only lines of this time or later.")],
    ended: Annotated[
        Instant | None, Query(description="Only lines of this time or earlier, at most 31 days after `started`. Default: now.")
    ] = None,
    job_type_name: Annotated[list[Text] | None, Query(description="Only lines of jobs of a type of one of these names.")] = None,
    stream: Annotated[LogId, Query(description="Only lines of this output.")] = LogId.COMBINED,
    order: Order = LogOrder.ASC,
    page_size: Annotated[PageSize, Query(description="The maximum number of lines.")] = 100,
    cursor: Annotated[Text | None, Query(description="Where the page begins: part of the `next` of the page before.")] = None,
) -> LogSearch:
    """Read the parameters.

    Raises:
        InvalidRequest: Something is wrong with it; the text names what.
    """
    first, last = _range(started, ended, services_of(request).clock())
    return LogSearch(
        started=first,
        ended=last,
        text=parse_log_text(q),
        job_type_names=frozenset(job_type_name) if job_type_name else None,
        stream=stream.stream,
        after=None if cursor is None else read_search_position(cursor, "cursor"),
        newest_first=order is LogOrder.DESC,
        limit=page_size,
    )


def _range(started: str, ended: str | None, now: datetime) -> tuple[datetime, datetime]:
    first, last = parse_range(started, "PT0S" if ended is None else ended, now)
    assert first is not None and last is not None  # noqa: S101, PT018 - both were given
    if last - first > LONGEST:
        raise InvalidRequest(f"started: at most {LONGEST.days} days before ended.")
    return first, last


@router.get(
    "/logs/search/",
    operation_id="search_logs",
    summary="Log Search",
    responses=responses(schemas.LogSearchPage, "A page of lines."),
)
@requires(Permission.LOGS_READ)
async def search_logs(request: Request, search: Annotated[LogSearch, Depends(_search)]) -> Response:
    """Return log lines of all job executions within a time range, ordered by time."""
    lines, has_more = await services_of(request).logs.search(search)
    # The times of the first page hold for all: a range that ends now would move between two pages.
    fixed = {"started": write_timestamp(search.started), "ended": write_timestamp(search.ended)}
    following = here_with(request, **fixed, cursor=write_search_position(lines[-1])) if has_more else None
    return json_response({"results": [_result(line) for line in lines], "next": following})


def _result(line: LogLine) -> dict[str, Any]:
    origin = line.origin
    return record(line) | {
        "scale_job_id": origin.job_id,
        "scale_job_exe_num": origin.exe_num,
        "scale_job_type": origin.job_type,
        "scale_job_version": origin.job_type_version,
    }
