"""Cancel and requeue services (docs/spec/services/README.md#v6), and the operations that carry them out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from jobsvc.api.context import services_of, user_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.query import QueryReader
from jobsvc.api.responses import responses, success
from jobsvc.api.urls import url_of
from jobsvc.api.v6.schemas import bulk as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.status import BulkKind
from jobsvc.services.bulk import BulkRequest
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["jobs"])
ACCEPTED = {
    **responses(None, "Accepted; `Location` is the address of the bulk operation.", 409, 413, 415, status=202),
    **success(schemas.BulkPreview, "With `dry_run`: the jobs that would be changed."),
}


async def _kinds(
    *,
    kind: Annotated[
        list[BulkKind] | None,
        Query(description="What is done to the jobs; may be repeated. CANCEL and REQUEUE unless it is said."),
    ] = None,
) -> tuple[BulkKind, ...]:
    # Who knows these two alone is shown these two alone.
    return tuple(kind or (BulkKind.CANCEL, BulkKind.REQUEUE))


@router.post(
    "/jobs/cancel/",
    operation_id="cancel_jobs",
    summary="Cancel Jobs",
    status_code=202,
    response_class=Response,
    responses=ACCEPTED,
)
@requires(Permission.JOBS_OPERATE, Reach.NARROWED)
async def cancel_jobs(request: Request, selection: Annotated[schemas.CancelJobs, Depends(schemas.CancelJobs.read)]) -> Response:
    """Cancel the jobs that fit the given filter criteria, asynchronously."""
    return await _accept(request, _command(request, BulkKind.CANCEL, selection), selection)


@router.post(
    "/jobs/requeue/",
    operation_id="requeue_jobs",
    summary="Requeue Jobs",
    status_code=202,
    response_class=Response,
    responses=ACCEPTED,
)
@requires(Permission.JOBS_OPERATE, Reach.NARROWED)
async def requeue_jobs(
    request: Request, selection: Annotated[schemas.RequeueJobs, Depends(schemas.RequeueJobs.read)]
) -> Response:
    """Re-queue the FAILED/CANCELED jobs that fit the given filter criteria, asynchronously."""
    return await _accept(request, _command(request, BulkKind.REQUEUE, selection, selection.priority), selection)


@router.get(
    "/bulk-operations/",
    operation_id="list_bulk_operations",
    summary="Bulk Operation List",
    responses=responses(schemas.BulkOperationPage, "A page of bulk operations.", 404),
)
@requires(Permission.JOBS_READ)
async def list_bulk_operations(
    request: Request, kinds: Annotated[tuple[BulkKind, ...], Depends(QueryReader(_kinds))], page: PageQuery
) -> Response:
    """Return cancel and requeue requests, or purges, the latest first."""
    operations = await services_of(request).bulk.list(kinds, page)
    now = services_of(request).clock()
    return page_response(request, operations.of([schemas.WatchedOperation(operation, now) for operation in operations.items]))


@router.get(
    "/bulk-operations/{operation_id:int}/",
    operation_id="get_bulk_operation",
    summary="Bulk Operation Details",
    responses=responses(schemas.BulkOperation, "The bulk operation.", 404),
)
@requires(Permission.JOBS_READ, Thing.BULK_OPERATION)
async def get_bulk_operation(request: Request, operation_id: int) -> Response:
    """Return the progress of a cancel or requeue request."""
    return _operation_response(request, await services_of(request).bulk.get(operation_id))


@router.post(
    "/bulk-operations/{operation_id:int}/stop/",
    operation_id="stop_bulk_operation",
    summary="Stop Bulk Operation",
    responses=responses(schemas.BulkOperation, "The bulk operation.", 404),
)
@requires(Permission.JOBS_OPERATE, Thing.BULK_OPERATION)
async def stop_bulk_operation(request: Request, operation_id: int) -> Response:
    """Stop a cancel or requeue request early. Jobs already changed stay changed; a finished request is left unchanged."""
    return _operation_response(request, await services_of(request).bulk.stop(operation_id))


def _command(request: Request, kind: BulkKind, selection: schemas.CancelJobs, priority: int | None = None) -> BulkRequest:
    criteria = selection.criteria_for(request)
    job_types = [(item.name, item.version) for item in selection.job_types or []]
    return BulkRequest(kind, criteria, job_types, priority, selection.expected_count, user_of(request))


async def _accept(request: Request, command: BulkRequest, selection: schemas.CancelJobs) -> Response:
    if selection.dry_run:
        return record_response(request, await services_of(request).bulk.preview(command))
    operation_id = await services_of(request).bulk.accept(command)
    return Response(status_code=202, headers={"Location": url_of(request, f"bulk-operations/{operation_id}/")})


def _operation_response(request: Request, operation: BulkOperation) -> Response:
    return record_response(request, schemas.WatchedOperation(operation, services_of(request).clock()))
