"""Cancel and requeue: a preview, a confirmation, progress, and what became of it."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.criteria import IN_BULK, Criteria
from jobsvc.console.jobs import paged
from jobsvc.console.pages import form_of, render, to

SHOWN = ("CANCEL", "REQUEUE", "PURGE")
KINDS = {"cancel": "Cancel", "requeue": "Requeue"}
TYPED_FROM = 1000
"""Above so many jobs the number has to be typed."""
BAD_REQUEST = 400
CHANGED = frozenset({"status", "error_id", "error_category"})
"""Criteria that say something else of a job after an operation."""
OPERATIONS = "/v6/bulk-operations/"


async def preview(request: Request, api: Api) -> Response:
    """What a request would do now."""
    kind = _kind(request.query_params.get("kind", ""))
    if "selected" in request.query_params and "job_id" not in request.query_params:
        raise Refused(BAD_REQUEST, "No job is selected.")
    criteria = _criteria(request.query_params.multi_items())
    return await _preview(request, api, kind, criteria)


async def start(request: Request, api: Api) -> Response:
    """Send a request that was confirmed."""
    fields = await form_of(request)
    named = dict(fields)
    kind = _kind(named.get("kind", ""))
    criteria = _criteria((name, value) for name, value in fields if name not in {"expected", "typed", "back", "priority"})
    expected = named.get("expected", "")
    if int(expected or 0) > TYPED_FROM and named.get("typed", "").replace(",", "") != expected:
        problem = f"Type the number of jobs, {expected}, to confirm."
        return await _preview(request, api, kind, criteria, problem)
    body: dict[str, Any] = criteria.body() | ({"expected_count": int(expected)} if expected else {})
    if kind == "requeue" and named.get("priority", "").strip():
        body["priority"] = named["priority"].strip()
    try:
        answer = await api.send("POST", f"/v6/jobs/{kind}/", body)
    except Refused as refused:
        return await _preview(request, api, kind, criteria, refused.detail)
    operation_id = answer.headers["location"].rstrip("/").rpartition("/")[2]
    back = named.get("back", "")
    return to(request, f"jobs/{int(back)}/?operation={operation_id}" if back.isdigit() else f"bulk/{operation_id}/")


async def history(request: Request, api: Api) -> Response:
    """All requests, the latest first."""
    operations = await api.get(OPERATIONS, [*request.query_params.multi_items(), *(("kind", kind) for kind in SHOWN)])
    return await render(
        request,
        api,
        "bulk.html",
        **paged(operations, "operations"),
    )


async def details(request: Request, api: Api) -> Response:
    """One request and its progress."""
    operation = await api.get(f"{OPERATIONS}{request.path_params['operation_id']}/")
    return await render(request, api, "bulk_operation.html", operation=operation, jobs=_jobs_of(operation["filter"]))


def _jobs_of(criteria: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The query of the jobs that an operation was about, whatever has become of them; empty where nothing but that tells them."""
    lists = {spelled: name for name, spelled in IN_BULK.items() if name not in CHANGED}
    pairs = [(lists[name], str(value)) for name, values in criteria.items() if name in lists for value in values]
    return [*pairs, ("started", "")] if pairs else []


async def stop(request: Request, api: Api) -> Response:
    """Stop a request early."""
    operation_id = request.path_params["operation_id"]
    await api.send("POST", f"{OPERATIONS}{operation_id}/stop/", {})
    return to(request, f"bulk/{operation_id}/")


async def _preview(request: Request, api: Api, kind: str, criteria: Criteria, problem: str = "") -> Response:
    answer = await api.send("POST", f"/v6/jobs/{kind}/", criteria.body() | {"dry_run": True})
    return await render(
        request,
        api,
        "bulk_preview.html",
        BAD_REQUEST if problem else 200,
        kind=kind,
        criteria=criteria,
        preview=answer.json(),
        must_type=answer.json()["matched"] > TYPED_FROM,
        problem=problem,
    )


def _kind(text: str) -> str:
    if text not in KINDS:
        raise Refused(BAD_REQUEST, "kind: must be cancel or requeue.")
    return text


def _criteria(query: Any) -> Criteria:
    """What chooses the jobs; a period is only that of the page that led here, for selected ids have none."""
    criteria = Criteria([(name, value) for name, value in query if value.strip() and name not in {"page", "cursor", "order"}])
    criteria = Criteria(criteria.choosing)
    if foreign := criteria.only_in_lists:
        raise Refused(BAD_REQUEST, f"Jobs cannot be cancelled or requeued by {', '.join(foreign)}: select them one by one.")
    return criteria
