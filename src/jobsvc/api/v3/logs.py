"""Logs of executions (docs/spec/behaviour/logs.md)."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from jobsvc.api.context import services_of, to_json
from jobsvc.api.fields import Instant
from jobsvc.api.logs.formats import MEDIA_TYPES, SAFE, WRITERS, Format, choose
from jobsvc.api.logs.selection import LogId
from jobsvc.api.permissions import requires
from jobsvc.api.responses import header, reference
from jobsvc.api.shapes import shape_of
from jobsvc.api.v3.http_dates import read_date, write_date
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import executions as schemas
from jobsvc.api.v3.schemas.logs import LogSearch
from jobsvc.domain.access import Permission
from jobsvc.domain.instants import parse_bound
from jobsvc.ports.log_store import LogQuery
from jobsvc.services.logs.service import LogPage
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["job executions"])
DEPRECATED = {"Deprecation": "@1470873600"}
"""Since 2016-08-11, when the services for single logs came (RFC 9745)."""
TICK = timedelta(microseconds=1)
"""Times of lines have no smaller parts."""
TEXT = {"schema": {"type": "string"}}
LOG = {
    "application/json": {"schema": reference(LogSearch)},
    "application/x-ndjson": {"schema": {"type": "string", "description": "A record a line."}},
    "text/plain": TEXT,
    "text/html": TEXT,
}
FRESH = SAFE | {"Vary": "Accept", "Cache-Control": "no-cache"}
"""Caches have to ask: one may keep what has a `Last-Modified` and no more, and would hide new lines."""
LAST_MODIFIED = {"Last-Modified": header("The latest timestamp in the returned log entries.")}
GET_LOG: dict[int | str, dict[str, Any]] = {
    **responses(LogSearch, "The log.", 404, 406),
    200: {"description": "The log.", "content": LOG, "headers": LAST_MODIFIED},
    304: {"description": "No log data newer than the specified date is available."},
}
Since = Annotated[
    str | None,
    Header(alias="If-Modified-Since", description="If new log data exists after the specified date, return as normal, else 304."),
]
Started = Annotated[Instant | None, Query(description="Only lines of this time or later (of later releases).")]
Named = Annotated[
    str | None, Query(alias="format", description="Instead of an Accept header: json, txt or html (of later releases).")
]


@router.get(
    "/job-executions/{execution_id:v3_execution}/logs/",
    operation_id="get_execution_logs",
    summary="Job Execution Logs",
    deprecated=True,
    responses=responses(
        schemas.ExecutionLogs,
        "The execution with both logs.",
        404,
        headers={"Deprecation": header("When it was deprecated.")},
    ),
)
@requires(Permission.LOGS_READ, Thing.EXECUTION)
async def get_logs(request: Request, execution_id: int) -> Response:
    """Return job execution logs for stdout and stderr. Deprecated in favor of the stdout, stderr and combined logs."""
    item = await services_of(request).v3_executions.item(execution_id)
    head = shape_of(schemas.ExecutionHead).of(item, request)
    logs = [await _open(request, execution_id, log_id, None) for log_id in (LogId.STDOUT, LogId.STDERR)]
    return StreamingResponse(_document(head, *logs), headers=SAFE | DEPRECATED, media_type="application/json")


@router.get(
    "/job-executions/{execution_id:v3_execution}/logs/{log_id}/",
    operation_id="get_execution_log",
    summary="Specific Job Execution Logs",
    responses=GET_LOG,
)
@requires(Permission.LOGS_READ, Thing.EXECUTION)
async def get_log(
    request: Request,
    execution_id: int,
    log_id: LogId,
    *,
    if_modified_since: Since = None,
    started: Started = None,
    named: Named = None,
) -> Response:
    """Return just job execution logs for stdout, stderr, or a combined view."""
    form = choose(named, request.headers.get("accept", "*/*"), Format.ELASTICSEARCH)
    since = read_date(if_modified_since)
    first = _first_time(request, since, started)
    before = await _open(request, execution_id, log_id, first, newest_first=True, limit=1)
    log = await _open(request, execution_id, log_id, first)
    if since is not None and not log.first:
        return Response(status_code=304, headers=FRESH)
    headers = FRESH | ({"Last-Modified": write_date(_newest(before, log))} if log.first else {})
    return StreamingResponse(WRITERS[form](log), headers=headers, media_type=MEDIA_TYPES[form])


def _first_time(request: Request, since: datetime | None, started: str | None) -> datetime | None:
    """When the oldest line may have been written: after `since`, and not before `started`."""
    after = None if since is None else since + TICK
    if started is None:
        return after
    first = parse_bound(started, services_of(request).clock(), "started")
    return first if after is None else max(first, after)


def _newest(before: LogPage, log: LogPage) -> datetime:
    """The time of the newest line that a reader is sure to be given.

    That of what has been read of the log, or, should more pages follow, of the newest line `before` it was opened.
    """
    return max(line.time for line in (*before.first, log.first[-1]))


async def _open(request: Request, execution_id: int, log_id: LogId, first: datetime | None, **more: Any) -> LogPage:
    """The lines from a time on; none for an attempt that waits in the queue."""
    services = services_of(request)
    if execution_id < 0:
        await services.v3_executions.item(execution_id)
        return LogPage([])
    return await services.logs.open(LogQuery(await services.logs.execution(execution_id), log_id.stream, first, **more))


async def _document(head: dict[str, Any], stdout: LogPage, stderr: LogPage) -> AsyncIterator[bytes]:
    """The members of `head`, and both logs as strings: streamed, so that memory stays flat; null when nothing is stored."""
    yield to_json(head)[:-1]
    is_stored = bool(stdout.first or stderr.first)
    for name, log in (("stdout", stdout), ("stderr", stderr)):
        yield b',"%b":' % name.encode() + (b'"' if is_stored else b"null")
        async for text in WRITERS[Format.TXT](log):
            yield to_json(text.decode())[1:-1]
        yield b'"' if is_stored else b""
    yield b"}"
