"""Queue services: what waits now, and how many jobs waited and ran."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.filters import JobTypeLoadList, Window
from jobsvc.api.v6.schemas import statistics as schemas
from jobsvc.domain.access import Permission

router = APIRouter(tags=["queue"])


@router.get(
    "/queue/status/",
    operation_id="get_queue_status",
    summary="Queue Status",
    responses=responses(schemas.QueueStatusPage, "A page of job types with waiting jobs.", 404),
)
@requires(Permission.JOBS_READ)
async def get_queue_status(request: Request, page: PageQuery) -> Response:
    """Return the job types with waiting jobs, the best priority and then the longest wait first."""
    return page_response(request, await services_of(request).statistics.queue(page))


@router.get(
    "/load/",
    operation_id="get_load",
    summary="Job Load",
    responses=responses(schemas.LoadPage, "A page of the load over time.", 404),
)
@requires(Permission.JOBS_READ)
async def get_load(request: Request, criteria: JobTypeLoadList, window: Window, page: PageQuery) -> Response:
    """Return the numbers of waiting and running jobs at each full hour of the last 7 days, or of a range of at most 31 days."""
    return page_response(request, await services_of(request).statistics.load(criteria, window, page))
