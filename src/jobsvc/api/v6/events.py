"""Events: what was changed, as pages, within some seconds, and as a stream."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BeforeValidator, Field

from jobsvc.api.context import principal_of, services_of
from jobsvc.api.envelope import record_response
from jobsvc.api.event_stream import MEDIA_TYPE, EventStream, change_stream
from jobsvc.api.fields import Int, Text, read_int
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.query import QueryReader
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas import events as schemas
from jobsvc.domain.access import Permission, limited
from jobsvc.domain.change_events import EventFilter, EventType
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.ids import MAX_ID
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["events"])
MOST_SECONDS = 30
"""Gateways break off what says nothing for a minute."""
Position = Annotated[int, Field(ge=0, le=MAX_ID), BeforeValidator(read_int)]
PageSize = Annotated[int, Field(ge=1, le=1000), BeforeValidator(read_int)]
Seconds = Annotated[int, Field(ge=0, le=MOST_SECONDS), BeforeValidator(read_int)]
After = Annotated[
    Position, Query(description="The position behind which events are asked for; 0: from the earliest that is kept.")
]
Limit = Annotated[PageSize, Query(description="The maximum number of events.")]
LAST_EVENT = "The id of the last event that was read: everything after it is sent."
STREAM: dict[int | str, dict[str, Any]] = {
    **responses(None, "The events.", 410),
    200: {"description": schemas.STREAM, "content": {MEDIA_TYPE: {"schema": schemas.EVENT}}},
}


async def _criteria(
    request: Request,
    *,
    type_: Annotated[list[EventType] | None, Query(alias="type", description="Only events of these types.")] = None,
    job_type_name: Annotated[
        list[Text] | None, Query(description="Only events of jobs, executions and job types of these names.")
    ] = None,
    batch_id: Annotated[list[Int] | None, Query(description="Only events of jobs and executions of these batches.")] = None,
    job_id: Annotated[list[Int] | None, Query(description="Only events of these jobs and their executions.")] = None,
) -> EventFilter:
    criteria = EventFilter(
        types=frozenset(type_) if type_ else None,
        job_type_names=frozenset(job_type_name) if job_type_name else None,
        batch_ids=frozenset(batch_id) if batch_id else None,
        job_ids=frozenset(job_id) if job_id else None,
    )
    return limited(criteria, principal_of(request).job_types)


Criteria = Annotated[EventFilter, Depends(QueryReader(_criteria))]


@router.get(
    "/events/",
    operation_id="list_events",
    summary="Event List",
    responses=responses(schemas.ChangeEventPage, "The events, the oldest first.", 410),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def list_events(
    request: Request,
    criteria: Criteria,
    *,
    after: After = 0,
    page_size: Limit = 100,
    wait: Annotated[Seconds, Query(description="How many seconds to wait for the first event when there is none.")] = 0,
) -> Response:
    """Return what was changed: jobs, executions, bulk operations, job types, nodes, workers and the scheduler.

    To read on, ask for what is behind `next`. No event is left out because others were committed before it.
    """
    return record_response(request, await services_of(request).events.page(criteria, after=after, limit=page_size, wait=wait))


@router.get(
    "/events/stream/",
    operation_id="stream_events",
    summary="Event Stream",
    response_class=EventStream,
    responses=STREAM,
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def stream_events(
    request: Request,
    criteria: Criteria,
    *,
    after: Annotated[
        Position | None, Query(description="The position behind which the stream begins. Default: what is new from now on.")
    ] = None,
    last_event: Annotated[str | None, Header(alias="Last-Event-ID", description=LAST_EVENT)] = None,
    last_event_id: Annotated[str | None, Query(description="The same, for clients that cannot set headers.")] = None,
) -> Response:
    """Return events as they come, as server-sent events. A browser's `EventSource` can read it, and comes back by itself."""
    for text, name in ((last_event_id, "last_event_id"), (last_event, "Last-Event-ID")):
        after = _position(text, name) if text else after
    return await change_stream(services_of(request).events.follow(criteria, after))


@router.get(
    "/jobs/{job_id:int}/events/",
    operation_id="list_job_events",
    summary="Job Event List",
    responses=responses(schemas.ChangeEventPage, "The events of the job, the oldest first.", 404, 410),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def list_job_events(request: Request, job_id: int, *, after: After = 0, page_size: Limit = 100) -> Response:
    """Return what happened to a job and its executions, as far as it is kept."""
    return record_response(request, await services_of(request).events.of_job(job_id, after=after, limit=page_size))


def _position(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID)) and int(text) <= MAX_ID):
        raise InvalidRequest(f"{name}: must be the id of an event.")
    return int(text)
