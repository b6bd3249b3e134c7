"""One job: what happened to it, why it waits or failed, what went in and came out."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.pages import form_of, number_or_text, render, to
from jobsvc.console.retention import hold_of
from jobsvc.console.timeline import timeline

FINAL = frozenset({"COMPLETED", "FAILED", "CANCELED"})
LINES = 40
"""Of the end of the log, on the job's page."""
MOST_FILES = 50


async def details(request: Request, api: Api) -> Response:
    """Everything about a job on one page."""
    job_id = request.path_params["job_id"]
    operation_id = request.query_params.get("operation", "")
    # Before the job: once the operation is done, the job shows what it did, and the page need not look again.
    operation = await api.get(f"/v6/bulk-operations/{operation_id}/") if operation_id.isdigit() else None
    job = await api.get(f"/v6/jobs/{job_id}/")
    executions = await api.get(f"/v6/jobs/{job_id}/executions/", [("page_size", "100")])
    events = await api.get(f"/v6/jobs/{job_id}/events/", [("page_size", "1000")])
    inputs = await _files(api, _ids(job["input"]))
    outputs = await _files(api, _ids(job["output"]))
    return await render(
        request,
        api,
        "job.html",
        job=job,
        executions=executions["results"],
        inputs=inputs,
        outputs=outputs,
        log=await _log(api, job["execution"]),
        moments=timeline(job, executions["results"], events["results"]),
        operation=operation,
        hold=await hold_of(api, job_id),
        is_final=job["status"] in FINAL,
        can_requeue=job["status"] in {"FAILED", "CANCELED"} and not job["is_superseded"],
        can_cancel=job["status"] not in {"COMPLETED", "CANCELED"} and not job["is_superseded"],
        pretty_configuration=job["configuration"],
    )


async def change(request: Request, api: Api) -> Response:
    """Set priority, timeout, and when it may start, of a job that waits."""
    job_id = request.path_params["job_id"]
    fields = {name: value.strip() for name, value in await form_of(request)}
    members: dict[str, Any] = {name: number_or_text(fields[name]) for name in ("priority", "timeout") if fields.get(name)}
    if fields.get("not_before"):
        members["not_before"] = f"{fields['not_before']}Z"
    await api.send("PATCH", f"/v6/jobs/{job_id}/", members)
    return to(request, f"jobs/{job_id}/")


async def _log(api: Api, execution: dict[str, Any] | None) -> str:
    if execution is None:
        return ""
    path = f"/v6/job-executions/{execution['id']}/logs/combined/"
    return await api.text(path, [("format", "txt"), ("tail", str(LINES))])


async def _files(api: Api, ids: Iterable[tuple[str, int]]) -> list[tuple[str, dict[str, Any]]]:
    """The files of inputs or outputs with the names of those."""
    named = list(ids)[:MOST_FILES]
    if not named:
        return []
    answer = await api.get("/v6/files/", [("page_size", "1000"), *(("file_id", str(file_id)) for _, file_id in named)])
    known = {item["id"]: item for item in answer["results"]}
    return [(name, known[file_id]) for name, file_id in named if file_id in known]


def _ids(data: dict[str, Any] | None) -> Iterable[tuple[str, int]]:
    for name, ids in ((data or {}).get("files") or {}).items():
        for file_id in ids if isinstance(ids, list) else [ids]:
            yield name, file_id
