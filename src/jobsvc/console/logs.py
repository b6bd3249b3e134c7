"""The log of an execution, as a script shows it: it asks for the lines around those that are looked at."""

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.pages import render

STREAMS = ("combined", "stdout", "stderr")
EXECUTIONS = "/v6/job-executions/"


async def log_page(request: Request, api: Api) -> Response:
    """The frame of the log; the query says which stream, which words, and at which line it is opened."""
    execution_id = request.path_params["execution_id"]
    chosen = request.query_params.get("stream", "combined")
    stream = chosen if chosen in STREAMS else "combined"
    path = f"{EXECUTIONS}{execution_id}/logs/{stream}/"
    await api.text(path, [("tail", "1"), ("format", "txt")])
    job_id = request.query_params.get("job", "")
    return await render(
        request,
        api,
        "log.html",
        execution_id=execution_id,
        job_id=job_id if job_id.isdigit() else "",
        stream=stream,
        streams=STREAMS,
        words=request.query_params.get("q", ""),
        line=request.query_params.get("line", ""),
        path=path,
    )
