"""Queue services: how clients of v3 queue and requeue jobs.

See docs/spec/behaviour/cancel-and-requeue.md#requeue and docs/spec/behaviour/siblings.md.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from jobsvc.api.context import principal_of, services_of, user_of
from jobsvc.api.envelope import SIZE_SCHEMA, page_response, record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.urls import url_of
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import job_details as detail_schemas
from jobsvc.api.v3.schemas import jobs as job_schemas
from jobsvc.api.v3.schemas import queue as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.paging import parse_page

router = APIRouter(tags=["queue"])
Size = Annotated[str | None, Query(description="The size of the page of results to return.", json_schema_extra=SIZE_SCHEMA)]


@router.post(
    "/queue/new-job/",
    operation_id="queue_new_job",
    summary="Queue New Job",
    status_code=201,
    responses=responses(detail_schemas.JobDetails, "The queued job.", 404, 413, 415, status=201),
)
@requires(Permission.JOBS_SUBMIT, Reach.NARROWED)
async def queue_new_job(request: Request, new: Annotated[schemas.NewJobRequest, Depends(schemas.NewJobRequest.read)]) -> Response:
    """Create a new job and place it onto the queue."""
    details = await services_of(request).v3_jobs.submit(new.job_type_id, new.job_data, principal_of(request))
    location = {"Location": url_of(request, f"jobs/{details.item.job.id}/")}
    return record_response(request, details, 201, location)


@router.post(
    "/queue/requeue-jobs/",
    operation_id="requeue_jobs",
    summary="Requeue Jobs",
    responses=responses(job_schemas.JobPage, "The jobs that match: the first page of them.", 413, 415),
)
@requires(Permission.JOBS_OPERATE, Reach.NARROWED)
async def requeue_jobs(
    request: Request,
    selection: Annotated[schemas.RequeueRequest, Depends(schemas.RequeueRequest.read)],
    page_size: Size = None,
) -> Response:
    """Place the FAILED and CANCELED jobs that match onto the queue again, and return all that match.

    Jobs with another status and superseded jobs are left unchanged.
    """
    services = services_of(request)
    criteria = selection.criteria_for(request)
    page = parse_page(None, page_size)
    result = await services.v3_jobs.requeue(criteria, selection.priority, page, user_of(request))
    # No further pages: asked for once more, other jobs would match.
    return page_response(request, result, is_linked=False)
