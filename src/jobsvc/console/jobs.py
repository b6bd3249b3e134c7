"""The list of jobs."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.criteria import CATEGORIES, MORE, PERIODS, STATUSES, Criteria
from jobsvc.console.pages import render

COLUMNS = (
    ("id", "Job", "id"),
    ("type", "Type", "job_type__name"),
    ("status", "Status", "status"),
    ("error", "Error", ""),
    ("queued", "Queued", "queued"),
    ("waited", "Waited", ""),
    ("took", "Took", ""),
    ("tries", "Tries", ""),
    ("node", "Node", ""),
    ("last_modified", "Changed", "last_modified"),
)
"""Name, heading, and by which key of the API's order it can be sorted."""
NAMES: list[tuple[str, str]] = [("page_size", "1000")]


async def list_page(request: Request, api: Api) -> Response:
    """A page of the jobs that the query chooses."""
    criteria = Criteria.of(request.query_params.multi_items())
    jobs = await api.get("/v6/jobs/", criteria.pairs)
    names = await api.get("/v6/job-type-names/", NAMES)
    api.calls.pop()
    return await render(
        request,
        api,
        "jobs.html",
        criteria=criteria,
        **paged(jobs, "jobs"),
        names=sorted({item["name"] for item in names["results"]}),
        statuses=STATUSES,
        categories=CATEGORIES,
        periods=PERIODS,
        more=MORE,
        columns=COLUMNS,
    )


def paged(answer: dict[str, Any], name: str) -> dict[str, Any]:
    """What templates show of a page of the API: the results by a name of theirs, their number, and the pages beside it."""
    return {
        name: answer["results"],
        "count": answer["count"],
        "next": query_of(answer["next"]),
        "previous": query_of(answer["previous"]),
    }


def query_of(link: str | None) -> list[tuple[str, Any]] | None:
    """What the API's link to another page asks for; the console's page has the same query."""
    return parse_qsl(urlsplit(link).query, keep_blank_values=True) if link else None
