"""Error services."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.sorting import order_query
from jobsvc.api.v6.filters import ErrorList
from jobsvc.api.v6.schemas import errors as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.sorting import ErrorOrderField, parse_sort

router = APIRouter(tags=["errors"])
Order = Annotated[list[str] | None, order_query(ErrorOrderField)]


@router.get(
    "/errors/",
    operation_id="list_errors",
    summary="Error List",
    responses=responses(schemas.ErrorPage, "A page of errors.", 404),
)
@requires(Permission.TYPES_READ)
async def list_errors(request: Request, order: Order, criteria: ErrorList, page: PageQuery) -> Response:
    """Return the errors that jobs can fail with."""
    result = await services_of(request).errors.list(criteria, parse_sort(order, ErrorOrderField), page)
    return page_response(request, result)


@router.get(
    "/errors/{error_id:int}/",
    operation_id="get_error",
    summary="Error Details",
    responses=responses(schemas.ErrorDetails, "The error.", 404),
)
@requires(Permission.TYPES_READ)
async def get_error(request: Request, error_id: int) -> Response:
    """Return a specific error."""
    return record_response(request, await services_of(request).errors.get(error_id))
