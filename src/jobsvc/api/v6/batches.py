"""Batch services: batches are made elsewhere, and can be looked at here."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.sorting import order_query
from jobsvc.api.v6.filters import BATCH_ORDER_ALIASES, BatchList
from jobsvc.api.v6.schemas import batches as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.sorting import BatchOrderField, parse_sort

router = APIRouter(tags=["batches"])
Order = Annotated[list[str] | None, order_query(BatchOrderField, BATCH_ORDER_ALIASES)]


@router.get(
    "/batches/",
    operation_id="list_batches",
    summary="Batch List",
    responses=responses(schemas.BatchPage, "A page of batches.", 404),
)
@requires(Permission.JOBS_READ)
async def list_batches(request: Request, order: Order, criteria: BatchList, page: PageQuery) -> Response:
    """Return batches with the numbers of their recipes and jobs."""
    result = await services_of(request).batches.list(criteria, parse_sort(order, BatchOrderField, BATCH_ORDER_ALIASES), page)
    return page_response(request, result)


@router.get(
    "/batches/{batch_id:int}/",
    operation_id="get_batch",
    summary="Batch Details",
    responses=responses(schemas.BatchDetails, "The batch.", 404),
)
@requires(Permission.JOBS_READ)
async def get_batch(request: Request, batch_id: int) -> Response:
    """Return a specific batch with the run times of its jobs."""
    return record_response(request, await services_of(request).batches.get(batch_id))
