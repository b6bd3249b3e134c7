"""Job types: which there are, how their jobs fare, what their manifests say; and the errors of jobs."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.jobs import paged
from jobsvc.console.pages import form_of, number_or_text, render, to
from jobsvc.console.rendering import segment

NOT_THERE = 404
STATUS = [("started", "P7D"), ("page_size", "1000")]
CHANGES: dict[str, dict[str, Any]] = {
    "pause": {"is_paused": True},
    "resume": {"is_paused": False},
    "deactivate": {"is_active": False},
    "activate": {"is_active": True},
}


KEPT = (("job_days", "Jobs"), ("failed_job_days", "Failed jobs"), ("product_days", "Products"), ("log_days", "Log lines"))
"""What is kept for some days, as the API names it."""


async def list_page(request: Request, api: Api) -> Response:
    """All job types with the jobs of a week."""
    query = [(name, value) for name, value in request.query_params.multi_items() if value.strip()]
    types = await api.get("/v6/job-types/", query)
    status = await api.get("/v6/job-types/status/", STATUS)
    counts = {item["job_type"]["id"]: _counts(item) for item in status["results"]}
    return await render(
        request,
        api,
        "job_types.html",
        **paged(types, "types"),
        counts=counts,
        keyword=request.query_params.get("keyword", ""),
    )


async def details(request: Request, api: Api) -> Response:
    """One version of a job type, its manifest explained."""
    job_type = await api.get(path_of(request))
    versions = await api.get(f"/v6/job-types/{segment(job_type['name'])}/", [("page_size", "100")])
    revisions = await api.get(f"{path_of(request)}revisions/", [("page_size", "20")])
    retention = await api.get(f"{path_of(request)}retention/")
    policy, held = await _policy_of(api, job_type)
    return await render(
        request,
        api,
        "job_type.html",
        type=job_type,
        interface=job_type["manifest"]["job"].get("interface", {}),
        job=job_type["manifest"]["job"],
        versions=versions["results"],
        revisions=revisions["results"],
        retention=retention,
        kept=KEPT,
        policy=policy,
        held=held,
    )


async def _policy_of(api: Api, job_type: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """The retry policy that a job type names, and what its limits have come to for the type; nothing where there is none."""
    name = (job_type["configuration"].get("retries") or {}).get("policy")
    if not name:
        return None, None
    try:
        policy: dict[str, Any] = await api.get(f"/v6/retry-policies/{segment(name)}/")
    except Refused as refused:
        if refused.status != NOT_THERE:
            raise
        return None, None
    key = job_type["name"], job_type["version"]
    return policy, next((item for item in policy["job_types"] if (item["name"], item["version"]) == key), None)


async def change(request: Request, api: Api) -> Response:
    """Pause, resume, deactivate, activate, or set the limits of a job type."""
    fields = dict(await form_of(request))
    members = CHANGES.get(fields.get("change", ""), _limits(fields))
    job_type = (await api.send("PATCH", path_of(request), members)).json()
    return to(request, address_of(job_type))


async def errors(request: Request, api: Api) -> Response:
    """The errors that jobs may fail with."""
    answer = await api.get("/v6/errors/", request.query_params.multi_items())
    return await render(
        request,
        api,
        "errors.html",
        **paged(answer, "errors"),
    )


def path_of(request: Request) -> str:
    """Where the API has the job type of a page."""
    return f"/v6/job-types/{segment(request.path_params['name'])}/{segment(request.path_params['version'])}/"


def address_of(job_type: Mapping[str, Any]) -> str:
    """Where the console has a job type."""
    return f"job-types/{segment(job_type['name'])}/{segment(job_type['version'])}/"


def _limits(fields: dict[str, str]) -> dict[str, Any]:
    """The limits of the form; an empty one takes the limit of running jobs back."""
    scheduled, tries = fields.get("max_scheduled", "").strip(), fields.get("max_tries", "").strip()
    limits: dict[str, Any] = {"max_scheduled": number_or_text(scheduled) if scheduled else None}
    return limits | ({"max_tries": number_or_text(tries)} if tries else {})


def _counts(item: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for count in item["job_counts"]:
        counts[count["status"]] += count["count"]
    return counts
