"""Metrics services: what became of the jobs of each type day by day, as user interfaces of the documented system draw it."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.fields import INSTANT, Int, Text
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.query import QueryReader
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas import plots as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.filters import TimeRange
from jobsvc.domain.instants import parse_range
from jobsvc.services.plots import PlotRequest

router = APIRouter(tags=["job types"])
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LAST_MOMENT = "23:59:59.999999Z"
A_DATE = f"{INSTANT} A date alone is its UTC day."


async def _chosen(
    *,
    choice_id: Annotated[list[Int] | None, Query(description="Only these job types; several are shown one by one.")] = None,
    column: Annotated[list[Text] | None, Query(description="Only columns with a given name.")] = None,
    group: Annotated[list[Text] | None, Query(description="Only columns of a given group.")] = None,
) -> PlotRequest:
    return PlotRequest(frozenset(choice_id or ()), frozenset(column or ()), frozenset(group or ()))


async def _window(
    request: Request,
    *,
    started: Annotated[
        str | None, Query(description=f"The first day to show. {A_DATE} Default: the first one that there is.")
    ] = None,
    ended: Annotated[str | None, Query(description=f"The last day to show. {A_DATE} Default: today.")] = None,
) -> TimeRange:
    first, last = parse_range(_instant(started, "00:00:00Z"), _instant(ended, LAST_MOMENT), services_of(request).clock())
    return TimeRange(started=first, ended=last)


def _instant(text: str | None, at: str) -> str | None:
    return f"{text}T{at}" if text and DATE.fullmatch(text) else text


@router.get(
    "/metrics/",
    operation_id="list_metrics",
    summary="Metrics List",
    responses=responses(schemas.MetricsTypePage, "A page of what there is to plot.", 404),
)
@requires(Permission.SYSTEM_READ, Reach.OWN)
async def list_metrics(request: Request, page: PageQuery) -> Response:
    """Return what there is to plot: `job-types`."""
    return page_response(request, services_of(request).plots.types(page))


@router.get(
    "/metrics/{name}/",
    operation_id="get_metrics",
    summary="Metrics Details",
    responses=responses(schemas.MetricsDetails, "What there is to plot of this kind.", 404),
)
@requires(Permission.TYPES_READ)
async def get_metrics(request: Request, name: str) -> Response:
    """Return the columns that can be plotted, and the job types that can be chosen."""
    return record_response(request, await services_of(request).plots.get(name))


@router.get(
    "/metrics/{name}/plot-data/",
    operation_id="get_plot_data",
    summary="Metrics Plot Data",
    responses=responses(schemas.PlotPage, "A page of plots, one of each column.", 404),
)
@requires(Permission.JOBS_READ)
async def get_plot_data(
    request: Request,
    name: str,
    chosen: Annotated[PlotRequest, Depends(QueryReader(_chosen))],
    window: Annotated[TimeRange, Depends(QueryReader(_window))],
    page: PageQuery,
) -> Response:
    """Return the numbers of job types day by day: final jobs by the day of their last status, executions by that of their end.

    With no or one `choice_id` each day has one value, of all job types together or of the one.
    """
    return page_response(request, await services_of(request).plots.plots(name, chosen, window, page))
