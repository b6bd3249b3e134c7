"""One job: what happened to it, why it waits or failed, what went in and came out."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.pages import form_of, number_or_text, render, to
from jobsvc.console.retention import NOT_THERE, hold_of
from jobsvc.console.timeline import timeline

Named = list[tuple[str, dict[str, Any]]]
"""Files, each with the name of the input or output that it belongs to."""
FINAL = frozenset({"COMPLETED", "FAILED", "CANCELED"})
LINES = 40
"""Of the end of the log, on the job's page."""
MOST_FILES = 50
MOST_TEXT = 2000
"""Characters of a value, on the job's page: of five million a browser would draw nothing else."""


async def details(request: Request, api: Api) -> Response:
    """Everything about a job on one page."""
    job_id = request.path_params["job_id"]
    operation_id = request.query_params.get("operation", "")
    # Before the job: once the operation is done, the job shows what it did, and the page need not look again.
    operation = await api.get(f"/v6/bulk-operations/{operation_id}/") if operation_id.isdigit() else None
    job = await api.get(f"/v6/jobs/{job_id}/")
    executions = await _executions(api, job)
    events = await api.get(f"/v6/jobs/{job_id}/events/", [("page_size", "1000")])
    inputs, outputs = await _files(api, job)
    return await render(
        request,
        api,
        "job.html",
        job=job,
        executions=executions,
        inputs=inputs,
        outputs=outputs,
        most_files=MOST_FILES,
        most_text=MOST_TEXT,
        log=await _log(api, job["execution"]),
        moments=timeline(job, executions, events["results"]),
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


async def change_labels(request: Request, api: Api) -> Response:
    """Set a label, written as `key:value`, or take one away."""
    job_id = request.path_params["job_id"]
    fields = dict(await form_of(request))
    key, _, value = fields.get("label", "").partition(":")
    labels = {fields["remove"]: None} if "remove" in fields else {key.strip(): value.strip()}
    await api.send("PATCH", f"/v6/jobs/{job_id}/", {"labels": labels})
    return to(request, f"jobs/{job_id}/")


async def _executions(api: Api, job: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The tries, the latest first; of one that is the only one the job itself tells all."""
    if not job["num_exes"]:
        return []
    if job["num_exes"] == 1 and job["execution"]:
        return [job["execution"]]
    executions: list[dict[str, Any]] = (await api.get(f"/v6/jobs/{job['id']}/executions/", [("page_size", "100")]))["results"]
    return executions


async def _log(api: Api, execution: dict[str, Any] | None) -> str:
    if execution is None:
        return ""
    path = f"/v6/job-executions/{execution['id']}/logs/combined/"
    return await api.text(path, [("format", "txt"), ("tail", str(LINES))])


async def _files(api: Api, job: Mapping[str, Any]) -> tuple[Named, Named]:
    """The first files of inputs and of outputs with the names of those: one request costs half as much as two."""
    inputs, outputs = (list(islice(_ids(job[part]), MOST_FILES)) for part in ("input", "output"))
    ids = sorted({file_id for _, file_id in inputs + outputs})
    if not ids:
        return [], []
    known = {item["id"]: item for item in await _files_of(api, ids)}
    return _known(known, inputs), _known(known, outputs)


async def _files_of(api: Api, ids: list[int]) -> list[dict[str, Any]]:
    """The files with these ids that there are; one alone is asked for as itself, which costs half as much as a list."""
    if len(ids) > 1:
        query = [("page_size", "1000"), *(("file_id", str(file_id)) for file_id in ids)]
        files: list[dict[str, Any]] = (await api.get("/v6/files/", query))["results"]
        return files
    try:
        return [await api.get(f"/v6/files/{ids[0]}/")]
    except Refused as refused:
        if refused.status != NOT_THERE:
            raise
        return []


def _known(files: Mapping[int, dict[str, Any]], named: Iterable[tuple[str, int]]) -> Named:
    return [(name, files[file_id]) for name, file_id in named if file_id in files]


def _ids(data: dict[str, Any] | None) -> Iterable[tuple[str, int]]:
    for name, ids in ((data or {}).get("files") or {}).items():
        for file_id in ids if isinstance(ids, list) else [ids]:
            yield name, file_id
