"""Job services (docs/spec/services/README.md#v3)."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import CursorQuery, PageQuery, page_response, page_shape, record_response, rendered_page_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.sorting import order_query
from jobsvc.api.v3.filters import ORDER_ALIASES, JobList, UpdateList
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import job_details as detail_schemas
from jobsvc.api.v3.schemas import jobs as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.sorting import SortKey, parse_sort
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["jobs"])
BY_STATUS_CHANGE = ["last_status_change"]
Order = Annotated[list[str] | None, order_query(JobOrderField, ORDER_ALIASES)]


@router.get("/jobs/", operation_id="list_jobs", summary="Job List", responses=responses(schemas.JobPage, "A page of jobs.", 404))
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def list_jobs(request: Request, order: Order, criteria: JobList, page: PageQuery, cursor: CursorQuery) -> Response:
    """Return a list of all jobs."""
    shape = page_shape(request)
    return rendered_page_response(
        request, await services_of(request).v3_jobs.list_json(criteria, _order(order), page.by(cursor), shape)
    )


@router.get(
    "/jobs/updates/",
    operation_id="list_job_updates",
    summary="Job Updates",
    responses=responses(schemas.JobWithFilesPage, "A page of jobs with their input files.", 404),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def list_updates(request: Request, order: Order, criteria: UpdateList, page: PageQuery, cursor: CursorQuery) -> Response:
    """Return a list of jobs with associated input files that changed in the given time range."""
    result = await services_of(request).v3_jobs.updates(criteria, _order(order or BY_STATUS_CHANGE), page.by(cursor))
    return page_response(request, result)


@router.get(
    "/jobs/executions/",
    operation_id="list_jobs_with_executions",
    summary="Job with Execution List",
    responses=responses(detail_schemas.JobWithExecutionPage, "A page of jobs with their latest executions.", 404),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def list_with_executions(
    request: Request, order: Order, criteria: JobList, page: PageQuery, cursor: CursorQuery
) -> Response:
    """Return a list of all jobs with their latest execution."""
    result = await services_of(request).v3_jobs.with_executions(criteria, _order(order), page.by(cursor))
    return page_response(request, result)


@router.get(
    "/jobs/{job_id:int}/",
    operation_id="get_job",
    summary="Job Details",
    responses=responses(detail_schemas.JobDetails, "The job.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def get_job(request: Request, job_id: int) -> Response:
    """Return a specific job and all its related model information including executions, recipes, and products."""
    return record_response(request, await services_of(request).v3_jobs.get(job_id))


@router.patch(
    "/jobs/{job_id:int}/",
    operation_id="update_job",
    summary="Update Job",
    responses=responses(detail_schemas.JobDetails, "The job with the updated data.", 404, 413, 415),
)
@requires(Permission.JOBS_OPERATE, Thing.JOB)
async def update_job(
    request: Request, job_id: int, _: Annotated[detail_schemas.JobChange, Depends(detail_schemas.JobChange.read)]
) -> Response:
    """Update the details of a job: cancel it. Additional fields are rejected; a finished job is left unchanged."""
    return record_response(request, await services_of(request).v3_jobs.cancel(job_id))


def _order(values: list[str] | None) -> Sequence[SortKey[JobOrderField]]:
    return parse_sort(values, JobOrderField, ORDER_ALIASES, "jobs")
