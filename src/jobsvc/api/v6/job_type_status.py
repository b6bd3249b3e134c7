"""Job type services that count: their paths stand where the name of a job type could, so these routes have to come first."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.filters import JobTypeList, JobTypeStatusList, Window
from jobsvc.api.v6.schemas import statistics as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.status import JobStatus

router = APIRouter(tags=["job types"])


@router.get(
    "/job-types/status/",
    operation_id="list_job_type_status",
    summary="Job Type Status",
    responses=responses(schemas.JobTypeStatusPage, "A page of job types with their jobs by status.", 404),
)
@requires(Permission.TYPES_READ)
async def list_status(request: Request, criteria: JobTypeStatusList, window: Window, page: PageQuery) -> Response:
    """Return job types with their jobs by status; final jobs are counted for the last 3 hours, or for the time range."""
    return page_response(request, await services_of(request).statistics.job_type_status(criteria, window, page))


@router.get(
    "/job-types/pending/",
    operation_id="list_job_types_pending",
    summary="Job Types Pending",
    responses=responses(schemas.JobTypePendingPage, "A page of job types with pending jobs.", 404),
)
@requires(Permission.TYPES_READ)
async def list_pending(request: Request, page: PageQuery) -> Response:
    """Return the job types with pending jobs, the longest wait first."""
    result = await services_of(request).statistics.active(JobStatus.PENDING, page)
    return page_response(request, result)


@router.get(
    "/job-types/running/",
    operation_id="list_job_types_running",
    summary="Job Types Running",
    responses=responses(schemas.JobTypeRunningPage, "A page of job types with running jobs.", 404),
)
@requires(Permission.TYPES_READ)
async def list_running(request: Request, page: PageQuery) -> Response:
    """Return the job types with running jobs, the longest run first."""
    result = await services_of(request).statistics.active(JobStatus.RUNNING, page)
    return page_response(request, result)


@router.get(
    "/job-types/system-failures/",
    operation_id="list_job_type_system_failures",
    summary="Job Type System Failures",
    responses=responses(schemas.JobTypeSystemFailurePage, "A page of job types with system failures.", 404),
)
@requires(Permission.TYPES_READ)
async def list_system_failures(request: Request, page: PageQuery) -> Response:
    """Return the job types with failures caused by the system, the latest failure first."""
    return page_response(request, await services_of(request).statistics.system_failures(page))


@router.get(
    "/job-type-names/",
    operation_id="list_job_type_names",
    summary="Job Type Names",
    responses=responses(schemas.JobTypeVersionsPage, "A page of names of job types.", 404),
)
@requires(Permission.TYPES_READ)
async def list_names(request: Request, criteria: JobTypeList, page: PageQuery) -> Response:
    """Return the names of job types with a matching version, each with all of its versions."""
    return page_response(request, await services_of(request).statistics.job_type_names(criteria, page))
