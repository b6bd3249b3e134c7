"""How long jobs are kept: what goes next, what job types say, and jobs that are held."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.job_types import address_of, path_of
from jobsvc.console.pages import form_of, number_or_text, render, to

NOT_THERE = 404


async def preview(request: Request, api: Api) -> Response:
    """What would be removed if jobs were purged now."""
    removed = await api.get("/v6/retention/preview/")
    return await render(request, api, "retention.html", removed=removed)


async def purge(request: Request, api: Api) -> Response:
    """Remove it now; leads to the bulk operation that does."""
    answer = await api.send("POST", "/v6/retention/purge/", {})
    return to(request, f"bulk/{answer.headers['location'].rstrip('/').rpartition('/')[2]}/")


async def change_type(request: Request, api: Api) -> Response:
    """Say how long the jobs of a type are kept; an empty field is as the settings say."""
    fields = dict(await form_of(request))
    days = {name: value.strip() for name, value in fields.items() if name.endswith("_days") and value.strip()}
    members: dict[str, Any] = {name: number_or_text(value) for name, value in days.items()}
    await api.send("PUT", f"{path_of(request)}retention/", members | {"is_held": "is_held" in fields})
    return to(request, address_of(request.path_params))


async def change_hold(request: Request, api: Api) -> Response:
    """Hold a job, or let it go."""
    fields = dict(await form_of(request))
    path = f"/v6/jobs/{request.path_params['job_id']}/hold/"
    if fields.get("change") == "release":
        await api.send("DELETE", path, {})
    else:
        await api.send("PUT", path, {"reason": fields.get("reason", "").strip() or None})
    return to(request, f"jobs/{request.path_params['job_id']}/")


async def hold_of(api: Api, job_id: int) -> dict[str, Any] | None:
    """Why a job is held; None when it is not."""
    try:
        hold: dict[str, Any] = await api.get(f"/v6/jobs/{job_id}/hold/")
    except Refused as refused:
        if refused.status != NOT_THERE:
            raise
        api.calls.pop()
        return None
    return hold
