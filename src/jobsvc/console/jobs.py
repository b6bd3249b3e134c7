"""The list of jobs."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Params, Refused
from jobsvc.console.criteria import CATEGORIES, MORE, PERIODS, STATUSES, Criteria
from jobsvc.console.pages import render
from jobsvc.console.saved_views import views_of

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
NEEDED = "id"
"""A column that is always there: it leads to the job."""
LEVELS = (("job_type_name", "type"), ("status", "status"), ("error_id", "error"))
"""What jobs are grouped by, each within a group of the one before it."""
FOLLOWED = frozenset({"job_type_name", "batch_id", "job_id"})
"""Which criteria events have as well."""
BUSY = 503
NAMES: list[tuple[str, str]] = [("page_size", "1000")]


async def list_page(request: Request, api: Api) -> Response:
    """A page of the jobs that the query chooses."""
    criteria = Criteria.of(request.query_params.multi_items())
    jobs = await api.get("/v6/jobs/", criteria.asked)
    names = await api.get("/v6/job-type-names/", NAMES)
    api.calls.pop()
    return await render(
        request,
        api,
        "jobs.html",
        criteria=criteria,
        **await grouped(api, criteria),
        follow=[(name, value) for name, value in criteria.pairs if name in FOLLOWED],
        **paged(jobs, "jobs", criteria.own),
        views=await views_of(api),
        names=sorted({item["name"] for item in names["results"]}),
        statuses=STATUSES,
        categories=CATEGORIES,
        periods=PERIODS,
        more=MORE,
        columns=chosen_columns(criteria),
        all_columns=COLUMNS,
    )


def chosen_columns(criteria: Criteria) -> list[tuple[str, str, str]]:
    """The columns that the query names, all where it names none that there is; the first one always."""
    names = {name for value in criteria.values("columns") for name in value.split(",")}
    chosen = [column for column in COLUMNS if column[0] in names or column[0] == NEEDED]
    return chosen if len(chosen) > 1 else list(COLUMNS)


async def grouped(api: Api, criteria: Criteria) -> dict[str, Any]:
    """What the page shows of groups: their members' level, and of each group where it leads."""
    level = criteria.value("group_by")
    shown: dict[str, Any] = {"levels": LEVELS, "level": level, "groups": [], "too_many": ""}
    if level not in dict(LEVELS):
        return shown | {"level": ""}
    try:
        answer = await api.get("/v6/jobs/stats/", [*criteria.choosing, ("group_by", level)])
    except Refused as refused:
        if refused.status != BUSY:
            raise
        return shown | {"too_many": refused.detail}
    groups = [group | {"into": _into(criteria, level, group[level])} for group in answer["results"]]
    return shown | {"groups": groups, "more_groups": answer["count"] - len(groups)}


def _into(criteria: Criteria, level: str, value: object) -> list[tuple[str, str]] | None:
    """The query of a group: its jobs, by the next level where there is one; None of jobs without an error."""
    if value is None:
        return None
    names = [name for name, _ in LEVELS]
    following = names[names.index(level) + 1 :][:1]
    if level == "status" and value != "FAILED":
        following = []
    return criteria.replaced(**{level: str(value), "group_by": "".join(following)})


def paged(answer: dict[str, Any], name: str, own: Params = ()) -> dict[str, Any]:
    """What templates show of a page of the API: the results by a name of theirs, their number, and the pages beside it.

    `own` is what the console's page is asked for beyond the API's.
    """
    return {
        name: answer["results"],
        "count": answer["count"],
        "next": query_of(answer["next"], own),
        "previous": query_of(answer["previous"], own),
    }


def query_of(link: str | None, own: Params = ()) -> list[tuple[str, Any]] | None:
    """What the API's link to another page asks for; the console's page has the same query and its own."""
    return [*parse_qsl(urlsplit(link).query, keep_blank_values=True), *own] if link else None
