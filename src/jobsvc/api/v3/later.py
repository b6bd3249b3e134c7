"""What later releases of the documented system added under v4 and v5.

See docs/spec/behaviour/job-details.md and docs/spec/behaviour/cancel-and-requeue.md.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of, user_of
from jobsvc.api.criteria import filter_from_query
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.urls import base_url
from jobsvc.api.v3.filters import EXECUTIONS_OF_JOB, INPUT_FILES
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import executions as execution_schemas
from jobsvc.api.v3.schemas import files as file_schemas
from jobsvc.api.v3.schemas import queue as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.filters import ExecutionFilter, FileFilter
from jobsvc.domain.status import BulkKind
from jobsvc.services.bulk import BulkRequest
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["jobs"])
ExecutionsOfJob = Annotated[ExecutionFilter, Depends(filter_from_query(ExecutionFilter, EXECUTIONS_OF_JOB, of_path=True))]
InputFileList = Annotated[FileFilter, Depends(filter_from_query(FileFilter, INPUT_FILES, of_path=True))]
Bulk = Annotated[schemas.BulkRequest, Depends(schemas.BulkRequest.read)]
ACCEPTED: dict[str, Any] = {
    "status_code": 202,
    "response_class": Response,
    "responses": responses(None, "Accepted; `Location` is the address of the bulk operation.", 413, 415, status=202),
}


@router.post(
    "/jobs/cancel/",
    operation_id="cancel_jobs",
    summary="Cancel Jobs",
    **ACCEPTED,
)
@requires(Permission.JOBS_OPERATE, Reach.NARROWED)
async def cancel_jobs(request: Request, selection: Bulk) -> Response:
    """Cancel the jobs that match, asynchronously."""
    return await _accept(request, BulkKind.CANCEL, selection)


@router.post(
    "/jobs/requeue/",
    operation_id="requeue_jobs_later",
    summary="Requeue Jobs Asynchronously",
    **ACCEPTED,
)
@requires(Permission.JOBS_OPERATE, Reach.NARROWED)
async def requeue_jobs(request: Request, selection: Bulk) -> Response:
    """Place the FAILED and CANCELED jobs that match onto the queue again, asynchronously."""
    return await _accept(request, BulkKind.REQUEUE, selection, selection.priority)


@router.get(
    "/jobs/{job_id:int}/executions/",
    operation_id="list_executions_of_job",
    summary="Executions of a Job",
    responses=responses(execution_schemas.ExecutionPage, "A page of executions.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def list_executions(request: Request, job_id: int, executions_of_job: ExecutionsOfJob, page: PageQuery) -> Response:
    """Return the executions of a job, the latest first; an unknown job returns an empty page."""
    result = await services_of(request).v3_executions.of_job(job_id, executions_of_job, page)
    return page_response(request, result)


@router.get(
    "/jobs/{job_id:int}/executions/{exe_num:int}/",
    operation_id="get_execution_of_job",
    summary="Execution of a Job",
    responses=responses(execution_schemas.ExecutionDetails, "The execution.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def get_execution(request: Request, job_id: int, exe_num: int) -> Response:
    """Return an execution of a job by its number; a queued execution has no number yet."""
    return record_response(request, await services_of(request).v3_executions.of_number(job_id, exe_num))


@router.get(
    "/jobs/{job_id:int}/input_files/",
    operation_id="list_input_files_of_job",
    summary="Input Files of a Job",
    responses=responses(file_schemas.ScaleFilePage, "A page of files.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def list_input_files(request: Request, job_id: int, criteria: InputFileList, page: PageQuery) -> Response:
    """Return the files that a job reads."""
    result = await services_of(request).v3_jobs.input_files(job_id, criteria, page)
    return page_response(request, result)


async def _accept(request: Request, kind: BulkKind, selection: schemas.BulkRequest, priority: int | None = None) -> Response:
    services = services_of(request)
    criteria = selection.criteria_for(request)
    operation_id = await services.bulk.accept(BulkRequest(kind, criteria, priority=priority, user=user_of(request)))
    # Operations are watched in the newest generation alone.
    return Response(status_code=202, headers={"Location": f"{base_url(request)}/v6/bulk-operations/{operation_id}/"})
