"""Job type services: what the job types of job documents are looked up by."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.criteria import filter_from_query
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.sorting import order_query
from jobsvc.api.v3.filters import JOB_TYPES
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import job_types as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.filters import V3JobTypeFilter
from jobsvc.domain.sorting import JobTypeOrderField, parse_sort
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["job types"])
ALIASES = {"pk": "id", "archived": "deprecated"}
BY_NAME = ["name", "version"]
JobTypeList = Annotated[V3JobTypeFilter, Depends(filter_from_query(V3JobTypeFilter, JOB_TYPES))]
Order = Annotated[list[str] | None, order_query(JobTypeOrderField, ALIASES)]


@router.get(
    "/job-types/",
    operation_id="list_job_types",
    summary="Job Type List",
    responses=responses(schemas.JobTypePage, "A page of job types.", 404),
)
@requires(Permission.TYPES_READ, Reach.NARROWED)
async def list_job_types(request: Request, order: Order, criteria: JobTypeList, page: PageQuery) -> Response:
    """Return job types, ordered by name and version; only active ones unless `is_active` is false."""
    keys = parse_sort(order or BY_NAME, JobTypeOrderField, ALIASES)
    chosen = criteria if criteria.is_active is not None else criteria.model_copy(update={"is_active": True})
    return page_response(request, await services_of(request).v3_job_types.list(chosen, keys, page))


@router.get(
    "/job-types/{job_type_id:int}/",
    operation_id="get_job_type",
    summary="Job Type Details",
    responses=responses(schemas.JobTypeWithInterface, "The job type.", 404),
)
@requires(Permission.TYPES_READ, Thing.JOB_TYPE)
async def get_job_type(request: Request, job_type_id: int) -> Response:
    """Return a specific job type with its interface and errors."""
    return record_response(request, await services_of(request).v3_job_types.get(job_type_id))
