"""Job services (docs/spec/services/README.md#v6)."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response

from jobsvc.api.context import principal_of, services_of
from jobsvc.api.envelope import CursorQuery, PageQuery, page_response, page_shape, record_response, rendered_page_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.responses import REPLAYED, responses
from jobsvc.api.sorting import order_query
from jobsvc.api.urls import url_of
from jobsvc.api.v6.filters import ORDER_ALIASES, ExecutionList, InputFileList, JobList
from jobsvc.api.v6.schemas import files as file_schemas
from jobsvc.api.v6.schemas import jobs as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.sorting import parse_sort
from jobsvc.domain.writes import QueuedJobUpdate
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["jobs"])
Order = Annotated[list[str] | None, order_query(JobOrderField, ORDER_ALIASES)]

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Requests with the same key and body create one job: a repeated request is answered with the first response.",
    ),
]

CREATE: dict[str, Any] = {
    "summary": "Queue New Job",
    "status_code": 201,
    "responses": responses(schemas.JobDetails, "The queued job.", 404, 413, 415, 422, status=201, headers=REPLAYED),
}
DETAILS: dict[str, Any] = {"summary": "Job Details", "responses": responses(schemas.JobDetails, "The job.", 404)}
"""Both have a second path: `v6-later` spells them `/v6/job/`, too (docs/spec/decisions.md#singular-path)."""


@router.get("/jobs/", operation_id="list_jobs", summary="Job List", responses=responses(schemas.JobPage, "A page of jobs.", 404))
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def list_jobs(request: Request, order: Order, criteria: JobList, page: PageQuery, cursor: CursorQuery) -> Response:
    """Return a list of all jobs."""
    keys = parse_sort(order, JobOrderField, ORDER_ALIASES, "jobs")
    result = await services_of(request).jobs.list_json(criteria, keys, page.by(cursor), page_shape(request))
    return rendered_page_response(request, result)


@router.post("/job/", operation_id="create_job_by_other_path", deprecated=True, **CREATE)
@router.post("/jobs/", operation_id="create_job", **CREATE)
@requires(Permission.JOBS_SUBMIT, Reach.NARROWED)
async def create_job(
    request: Request, new: Annotated[schemas.JobCreate, Depends(schemas.JobCreate.read)], idempotency_key: Key = None
) -> Response:
    """Create a new job and place it onto the queue."""
    details, is_replayed = await services_of(request).jobs.submit(new.new_job(principal_of(request)), idempotency_key)
    headers = {"Location": url_of(request, f"jobs/{details.item.job.id}/")}
    if is_replayed:
        headers["Idempotent-Replayed"] = "true"
    return record_response(request, details, 201, headers)


@router.get("/job/{job_id:int}/", operation_id="get_job_by_other_path", deprecated=True, **DETAILS)
@router.get("/jobs/{job_id:int}/", operation_id="get_job", **DETAILS)
@requires(Permission.JOBS_READ, Thing.JOB)
async def get_job(request: Request, job_id: int) -> Response:
    """Return a specific job and all its related model information."""
    return record_response(request, await services_of(request).jobs.get(job_id))


@router.patch(
    "/jobs/{job_id:int}/",
    operation_id="update_job",
    summary="Change Job",
    responses=responses(schemas.JobDetails, "The job as it is now.", 404, 409, 413, 415),
)
@requires(Permission.JOBS_OPERATE, Thing.JOB)
async def update_job(
    request: Request, job_id: int, change: Annotated[schemas.JobChange, Depends(schemas.JobChange.read)]
) -> Response:
    """Change labels of a job, and the priority, the timeout or the earliest start of one that waits in the queue.

    All that is asked for is done, or nothing: 409 when the job does not wait, or not any more, and more than labels is asked for.
    """
    provided = change.model_dump(exclude_unset=True)
    # Null takes the earliest start back, and means nothing to the others.
    changes = {name: value for name, value in provided.items() if value is not None or name == "not_before"}
    labels = changes.pop("labels", None)
    return record_response(request, await services_of(request).jobs.change(job_id, QueuedJobUpdate(**changes), labels))


@router.get(
    "/jobs/{job_id:int}/input_files/",
    operation_id="list_job_input_files",
    summary="Job Input Files",
    responses=responses(file_schemas.FilePage, "A page of files.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def list_input_files(request: Request, job_id: int, criteria: InputFileList, page: PageQuery) -> Response:
    """Return detailed information about input files associated with a given Job ID."""
    return page_response(request, await services_of(request).jobs.input_files(job_id, criteria, page))


@router.get(
    "/jobs/{job_id:int}/executions/",
    operation_id="list_job_executions",
    summary="Job Executions List",
    responses=responses(schemas.ExecutionPage, "A page of executions.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def list_executions(request: Request, job_id: int, criteria: ExecutionList, page: PageQuery) -> Response:
    """Return the job executions of a given Job ID, ordered by exe_num descending (most recent first)."""
    return page_response(request, await services_of(request).jobs.executions(job_id, criteria, page))


@router.get(
    "/jobs/{job_id:int}/executions/{exe_num:int}/",
    operation_id="get_job_execution",
    summary="Job Execution Details",
    responses=responses(schemas.ExecutionDetails, "The execution.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def get_execution(request: Request, job_id: int, exe_num: int) -> Response:
    """Return a specific job execution by its number within the job."""
    return record_response(request, await services_of(request).jobs.execution(job_id, exe_num))
