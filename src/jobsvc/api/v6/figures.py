"""Jobs as numbers: by group, and over time."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.query import QueryReader
from jobsvc.api.responses import responses
from jobsvc.api.v6.filters import JobList
from jobsvc.api.v6.schemas import figures as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.figures import GroupBy, Interval, Split

router = APIRouter(tags=["jobs"])
CHOICES = ", ".join(GroupBy)


async def _group_by(
    *,
    group_by: Annotated[
        list[str] | None,
        Query(description=f"What jobs of a group have in common, separated by commas or repeated. Choices: [{CHOICES}]."),
    ] = None,
) -> tuple[GroupBy, ...]:
    names = [name.strip() for text in group_by or [] for name in text.split(",") if name.strip()] or [GroupBy.STATUS]
    if wrong := [name for name in names if name not in set(GroupBy)]:
        raise InvalidRequest(f"group_by: jobs cannot be grouped by '{wrong[0]}'; choices are {CHOICES}.")
    return tuple(dict.fromkeys(GroupBy(name) for name in names))


async def _over_time(
    *,
    interval: Annotated[
        Interval, Query(description="How long an interval is; they begin as the clock and calendar of UTC say.")
    ] = Interval.HOUR,
    split: Annotated[Split | None, Query(description="What the numbers of an interval are told apart by.")] = None,
) -> tuple[Interval, Split | None]:
    return interval, split


@router.get(
    "/jobs/stats/",
    operation_id="get_job_stats",
    summary="Job Stats",
    responses=responses(schemas.JobGroupPage, "A page of groups of jobs, the largest first.", 404),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def get_stats(
    request: Request,
    group_by: Annotated[tuple[GroupBy, ...], Depends(QueryReader(_group_by))],
    criteria: JobList,
    page: PageQuery,
) -> Response:
    """Return how many of the jobs that match have what in common, since when they wait, and how long such jobs took lately.

    Numbers are exact. Filters by status, job type, error, `is_superseded` and batch are answered from kept numbers, whatever the
    number of jobs; others count the jobs that match, and are refused with 503 when that takes too long.
    """
    return page_response(request, await services_of(request).figures.stats(criteria, group_by, page))


@router.get(
    "/jobs/histogram/",
    operation_id="get_job_histogram",
    summary="Job Histogram",
    responses=responses(schemas.JobHistogram, "The numbers of jobs over time."),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def get_histogram(
    request: Request,
    over_time: Annotated[tuple[Interval, Split | None], Depends(QueryReader(_over_time))],
    criteria: JobList,
) -> Response:
    """Return how many of the jobs that match had their last change in which interval, at most 1,000 of them.

    Without `started` these are the current one and those before it: 60 minutes, 24 hours, 30 days, 26 weeks or 12 months.
    Numbers are exact. Whole days by status, job type, error and `is_superseded` are kept; all else counts the jobs of the time,
    and is refused with 503 when that takes too long.
    """
    interval, split = over_time
    return record_response(request, await services_of(request).figures.histogram(criteria, interval, split))
