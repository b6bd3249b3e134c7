"""Execution log services (documents 001 and 003, Job Execution Log; behaviour.md, section 8.1)."""

from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import StreamingResponse

from jobsvc.api.log_formats import MEDIA_TYPES, WRITERS, Format, choose
from jobsvc.api.parts import services_of
from jobsvc.api.v6.documents import answers, reference
from jobsvc.api.v6.schemas import logs as schemas
from jobsvc.api.wire import Instant
from jobsvc.domain.instants import parse_bound
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogQuery

router = APIRouter(tags=["logs"])


class LogId(StrEnum):
    """Which output to include."""

    STDOUT = "stdout"
    STDERR = "stderr"
    COMBINED = "combined"


DOCUMENTED: dict[str, Any] = {
    "application/json": {
        "schema": {"oneOf": [{"type": "array", "items": reference(schemas.LogRecord)}, reference(schemas.LogSearch)]}
    },
    "text/plain": {"schema": {"type": "string"}},
    "text/html": {"schema": {"type": "string"}},
}


@router.get(
    "/job-executions/{execution_id:int}/logs/{log_id}/",
    operation_id="get_execution_log",
    summary="Job Execution Log",
    responses=answers(schemas.LogRecord, "The log.", 404, 406)
    | {200: {"description": "The log.", "content": DOCUMENTED}, 204: {"description": "There are no lines."}},
)
async def get_log(
    request: Request,
    execution_id: int,
    log_id: LogId,
    started: Annotated[Instant | None, Query(description="Only lines of this time or later.")] = None,
    wanted: Annotated[
        str | None, Query(alias="format", description="json, txt, html or elasticsearch; without it `Accept` decides.")
    ] = None,
) -> Response:
    """Return the log for a specific job execution."""
    services = services_of(request)
    form = choose(wanted, request.headers.get("accept", "*/*"), Format(services.options.v6_log_json))
    query = LogQuery(
        execution_id,
        stream=None if log_id is LogId.COMBINED else Stream(log_id),
        started=None if started is None else parse_bound(started, services.clock(), "started"),
    )
    log = await services.logs.open(query)
    if not log.first:
        return Response(status_code=204)
    return StreamingResponse(WRITERS[form](log), media_type=MEDIA_TYPES[form])
