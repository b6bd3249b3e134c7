"""Lines of all logs."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from jobsvc.console.calling import Api
from jobsvc.console.jobs import query_of
from jobsvc.console.pages import render

PERIODS = (("PT1H", "last hour"), ("PT24H", "last 24 hours"), ("P7D", "last 7 days"), ("P31D", "last 31 days"))
DEFAULT_PERIOD = "PT24H"


async def search(request: Request, api: Api) -> Response:
    """The lines with the words of the query, the latest first."""
    query = [(name, value) for name, value in request.query_params.multi_items() if value.strip()]
    names = {name for name, _ in query}
    answer: dict[str, Any] = {"results": [], "next": None}
    if "q" in names:
        period = [] if "started" in names else [("started", DEFAULT_PERIOD)]
        order = [] if "order" in names else [("order", "desc")]
        answer = await api.get("/v6/logs/search/", [*query, *period, *order])
    return await render(
        request,
        api,
        "search.html",
        words=request.query_params.get("q", ""),
        started=request.query_params.get("started", DEFAULT_PERIOD),
        periods=PERIODS,
        lines=answer["results"],
        next=query_of(answer["next"]),
    )
