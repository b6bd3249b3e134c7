"""Execution log services (docs/spec/services/v6-execution-log.md and docs/spec/behaviour/logs.md#v4-to-v6)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.fields import Bool
from jobsvc.api.logs.downloads import Compression
from jobsvc.api.logs.formats import Format, choose
from jobsvc.api.logs.responses import LogFile, log_response
from jobsvc.api.logs.selection import LogId, Selected
from jobsvc.api.permissions import requires
from jobsvc.api.responses import reference, responses
from jobsvc.api.v6.schemas import logs as schemas
from jobsvc.domain.access import Permission
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["logs"])
TEXT = {"schema": {"type": "string"}}
DOCUMENTED: dict[str, Any] = {
    "application/json": {"schema": {"type": "array", "items": reference(schemas.LogRecord)}},
    "application/x-ndjson": {"schema": {"type": "string", "description": "A `LogRecord` a line."}},
    "text/plain": TEXT,
    "text/html": TEXT,
    "application/gzip": {"schema": {"type": "string", "format": "binary", "description": "Any of the others, compressed."}},
}
FORMAT = (
    "json, ndjson, txt, html or elasticsearch; without it `Accept` decides. elasticsearch is JSON, too, but no array: it is the "
    "answer of a search, with the records as `hits.hits[]._source`."
)
DOWNLOAD = "Send a file to be saved, `job-exe-12-stdout.txt`; compressed on its way when `Accept-Encoding` allows gzip."
COMPRESS = "Send a compressed file to be saved, `job-exe-12-stdout.txt.gz`."
GET_LOG: dict[int | str, dict[str, Any]] = {
    **responses(schemas.LogRecord, "The log.", 404, 406),
    200: {"description": "The log.", "content": DOCUMENTED, "headers": schemas.LOG_HEADERS},
    204: {"description": "There are no log lines.", "headers": {"X-Log-Complete": schemas.LOG_HEADERS["X-Log-Complete"]}},
}


@router.get(
    "/job-executions/{execution_id:int}/logs/{log_id}/",
    operation_id="get_execution_log",
    summary="Job Execution Log",
    responses=GET_LOG,
)
@requires(Permission.LOGS_READ, Thing.EXECUTION)
async def get_log(
    request: Request,
    execution_id: int,
    log_id: LogId,
    selected: Selected,
    *,
    named: Annotated[str | None, Query(alias="format", description=FORMAT)] = None,
    download: Annotated[Bool, Query(description=DOWNLOAD)] = False,
    compress: Annotated[Compression | None, Query(description=COMPRESS)] = None,
) -> Response:
    """Return the log for a specific job execution: whole, however long it is, unless a part of it is asked for.

    All lines that are stored by then are streamed; when the log store fails meanwhile, the connection is cut off
    without the end that HTTP demands, so that a part is never taken for the whole. With `page_size` or `cursor` it is
    one page, whose `Link` leads to the next one while there is more.
    """
    services = services_of(request)
    form = choose(named, request.headers.get("accept", "*/*"), Format(services.options.v6_log_json))
    log = await services.logs.select(selected.query, tail=selected.tail, page_size=selected.page_size)
    file = LogFile(execution_id, log_id, compress) if download or compress else None
    return log_response(request, log, form, file)
