"""Cancel and requeue services (docs/spec/services/README.md#v6), and the operations that carry them out."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.responses import request_body, responses, success
from jobsvc.api.urls import url_of
from jobsvc.api.v6.bulk_body import parse_bulk_request
from jobsvc.api.v6.schemas import bulk as schemas
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.status import BulkKind

router = APIRouter(tags=["jobs"])
ACCEPTED = {
    **responses(None, "Accepted; `Location` is the address of the bulk operation.", 409, 413, 415, status=202),
    **success(schemas.BulkPreview, "With `dry_run`: the jobs that would be changed."),
}


@router.post(
    "/jobs/cancel/",
    operation_id="cancel_jobs",
    summary="Cancel Jobs",
    status_code=202,
    response_class=Response,
    responses=ACCEPTED,
    openapi_extra=request_body(schemas.CancelJobs, required=False),
)
async def cancel_jobs(request: Request) -> Response:
    """Cancel the jobs that fit the given filter criteria, asynchronously."""
    return await _accept(request, BulkKind.CANCEL)


@router.post(
    "/jobs/requeue/",
    operation_id="requeue_jobs",
    summary="Requeue Jobs",
    status_code=202,
    response_class=Response,
    responses=ACCEPTED,
    openapi_extra=request_body(schemas.RequeueJobs, required=False),
)
async def requeue_jobs(request: Request) -> Response:
    """Re-queue the FAILED/CANCELED jobs that fit the given filter criteria, asynchronously."""
    return await _accept(request, BulkKind.REQUEUE)


@router.get(
    "/bulk-operations/",
    operation_id="list_bulk_operations",
    summary="Bulk Operation List",
    responses=responses(schemas.BulkOperationPage, "A page of bulk operations.", 404),
)
async def list_bulk_operations(request: Request, page: PageQuery) -> Response:
    """Return cancel and requeue requests, the latest first."""
    operations = await services_of(request).bulk.list(page)
    now = services_of(request).clock()
    return page_response(request, operations.of([schemas.WatchedOperation(operation, now) for operation in operations.items]))


@router.get(
    "/bulk-operations/{operation_id:int}/",
    operation_id="get_bulk_operation",
    summary="Bulk Operation Details",
    responses=responses(schemas.BulkOperation, "The bulk operation.", 404),
)
async def get_bulk_operation(request: Request, operation_id: int) -> Response:
    """Return the progress of a cancel or requeue request."""
    return _operation_response(request, await services_of(request).bulk.get(operation_id))


@router.post(
    "/bulk-operations/{operation_id:int}/stop/",
    operation_id="stop_bulk_operation",
    summary="Stop Bulk Operation",
    responses=responses(schemas.BulkOperation, "The bulk operation.", 404),
)
async def stop_bulk_operation(request: Request, operation_id: int) -> Response:
    """Stop a cancel or requeue request early. Jobs already changed stay changed; a finished request is left unchanged."""
    return _operation_response(request, await services_of(request).bulk.stop(operation_id))


async def _accept(request: Request, kind: BulkKind) -> Response:
    command = await parse_bulk_request(request, kind)
    if command.is_dry_run:
        return record_response(request, await services_of(request).bulk.preview(command.request))
    operation_id = await services_of(request).bulk.accept(command.request)
    return Response(status_code=202, headers={"Location": url_of(request, f"bulk-operations/{operation_id}/")})


def _operation_response(request: Request, operation: BulkOperation) -> Response:
    return record_response(request, schemas.WatchedOperation(operation, services_of(request).clock()))
