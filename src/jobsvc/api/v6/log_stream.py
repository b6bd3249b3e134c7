"""A job execution's log as it grows."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.logs.selection import LogId
from jobsvc.api.logs.sse import END_ID, MEDIA_TYPE, EventStream, event_stream, position_of_event
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.urls import url_of
from jobsvc.api.v6.schemas import log_events as schemas
from jobsvc.domain.access import Permission
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["logs"])
LAST_EVENT = "The id of the last event that was read: everything after it is sent. `end`: 204, for nothing comes after it."
STREAM_LOG: dict[int | str, dict[str, Any]] = {
    **responses(None, "The log.", 404),
    200: {"description": schemas.STREAM, "content": {MEDIA_TYPE: {"schema": schemas.EVENT}}},
    204: {"description": "The stream was read to its end before."},
}


@router.get(
    "/job-executions/{execution_id:int}/logs/{log_id}/stream/",
    operation_id="stream_execution_log",
    summary="Job Execution Log Stream",
    response_class=EventStream,
    responses=STREAM_LOG,
)
@requires(Permission.LOGS_READ, Thing.EXECUTION)
async def stream_log(
    request: Request,
    execution_id: int,
    log_id: LogId,
    *,
    last_event: Annotated[str | None, Header(alias="Last-Event-ID", description=LAST_EVENT)] = None,
    last_event_id: Annotated[str | None, Query(description="The same, for clients that cannot set headers.")] = None,
) -> Response:
    """Return the log as server-sent events: all lines so far, then new ones, until the execution has ended.

    A browser's `EventSource` can read it. A client that reads more slowly than the job writes receives a `gap` event.
    """
    last = last_event if last_event is not None else last_event_id or ""
    if last == END_ID:
        # This, and no empty stream, is what keeps a browser from coming back.
        return Response(status_code=204)
    after = position_of_event(last, "Last-Event-ID" if last_event is not None else "last_event_id")
    services = services_of(request)
    execution = await services.logs.execution(execution_id)
    events = services.log_tail.follow(execution, log_id.stream, after)
    return await event_stream(events, url_of(request, f"job-executions/{execution_id}/logs/{log_id}/"))
