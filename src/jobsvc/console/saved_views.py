"""Views of the list of jobs that are there for all who sign in."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api, Refused
from jobsvc.console.pages import FORBIDDEN, form_of, to
from jobsvc.console.rendering import segment

SAVED = "/v6/saved-views/"
ALL = [("page_size", "1000")]


async def views_of(api: Api) -> list[dict[str, Any]]:
    """All views; none for those who may not look at the jobs of all types."""
    try:
        answer = await api.get(SAVED, ALL)
    except Refused as refused:
        if refused.status != FORBIDDEN:
            raise
        answer = {"results": []}
    # What the page shows is the list of jobs, and not how it leads to others.
    api.calls.pop()
    return list(answer["results"])


async def change(request: Request, api: Api) -> Response:
    """Save what a page shows by a name, or drop a view."""
    fields = {name: value.strip() for name, value in await form_of(request)}
    if "drop" in fields:
        await api.send("DELETE", f"{SAVED}{segment(fields['drop'])}/", {})
    else:
        await api.send("PUT", f"{SAVED}{segment(fields.get('name', ''))}/", {"query": fields.get("query", "")})
    query = fields.get("query", "")
    return to(request, f"jobs/?{query}" if query else "jobs/")
