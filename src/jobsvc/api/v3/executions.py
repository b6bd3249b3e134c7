"""Job execution services (docs/spec/services/README.md#v3)."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from starlette.convertors import IntegerConvertor, register_url_convertor

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.sorting import order_query
from jobsvc.api.v3.filters import EXECUTION_ORDER_ALIASES, ExecutionList
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import executions as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.sorting import ExecutionOrderField, parse_sort
from jobsvc.services.visibility import Thing


class V3ExecutionId(IntegerConvertor):
    """The id of an execution; that of an attempt that waits in the queue is negative."""

    regex = "-?[0-9]+"


register_url_convertor("v3_execution", V3ExecutionId())
router = APIRouter(tags=["job executions"])
BY_STATUS = (
    "One or more fields to use when ordering the results. Duplicate it to multi-sort, (ex: order=status&order=created). "
    "Nested objects require a delimiter (ex: order=job_type__name). Prefix fields with a dash to reverse the sort, "
    "(ex: order=-status)."
)
Order = Annotated[list[str] | None, order_query(ExecutionOrderField, EXECUTION_ORDER_ALIASES, BY_STATUS)]


@router.get(
    "/job-executions/",
    operation_id="list_executions",
    summary="Job Execution List",
    responses=responses(schemas.ExecutionPage, "A page of executions.", 404),
)
@requires(Permission.JOBS_READ, Reach.NARROWED)
async def list_executions(request: Request, order: Order, criteria: ExecutionList, page: PageQuery) -> Response:
    """Return a list of all job executions. Queued executions are included, with negative ids."""
    keys = parse_sort(order, ExecutionOrderField, EXECUTION_ORDER_ALIASES)
    result = await services_of(request).v3_executions.list(criteria, keys, page)
    return page_response(request, result)


@router.get(
    "/job-executions/{execution_id:v3_execution}/",
    operation_id="get_execution",
    summary="Job Execution Details",
    responses=responses(schemas.ExecutionDetails, "The execution.", 404),
)
@requires(Permission.JOBS_READ, Thing.EXECUTION)
async def get_execution(request: Request, execution_id: int) -> Response:
    """Return a specific job execution and all its related model information including job, node, environment, and results."""
    return record_response(request, await services_of(request).v3_executions.get(execution_id))
