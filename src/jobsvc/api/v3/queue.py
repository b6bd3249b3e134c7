"""Queue services: how clients of v3 queue and requeue jobs.

See docs/spec/behaviour/cancel-and-requeue.md#requeue and docs/spec/behaviour/siblings.md.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from jobsvc.api import body
from jobsvc.api.context import json_response, services_of, user_of
from jobsvc.api.envelope import SIZE_SCHEMA
from jobsvc.api.responses import request_body
from jobsvc.api.urls import url_of
from jobsvc.api.v3 import render_jobs, response_shapes
from jobsvc.api.v3.filters import REQUEUE
from jobsvc.api.v3.responses import responses
from jobsvc.api.v3.schemas import job_details as detail_schemas
from jobsvc.api.v3.schemas import jobs as job_schemas
from jobsvc.api.v3.schemas import queue as schemas
from jobsvc.api.wire import Ids, Int, Texts, build
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.paging import parse_page

router = APIRouter(tags=["queue"])
LISTS = ("status", "job_ids", "job_type_ids", "job_type_names", "job_type_categories", "error_categories")
SCALARS = ("started", "ended", "priority")
Size = Annotated[str | None, Query(description="The size of the page of results to return.", json_schema_extra=SIZE_SCHEMA)]


class _NewJobBody(BaseModel):
    """The members as they are read; what they hold is judged by the domain."""

    model_config = ConfigDict(extra="ignore")
    job_type_id: Int
    job_data: object = None


class RequeueBody(BaseModel):
    """The members as they are read: a value stands for a list of one."""

    model_config = ConfigDict(extra="ignore")
    started: str | None = None
    ended: str | None = None
    status: Texts | None = None
    job_ids: Ids | None = None
    job_type_ids: Ids | None = None
    job_type_names: Texts | None = None
    job_type_categories: Texts | None = None
    error_categories: Texts | None = None
    error_ids: Ids | None = None
    # Zero is what clients send that do not want to say one.
    priority: Annotated[Int, Field(ge=0, le=2**31 - 1), AfterValidator(lambda number: number or None)] | None = None


@router.post(
    "/queue/new-job/",
    operation_id="queue_new_job",
    summary="Queue New Job",
    status_code=201,
    responses=responses(detail_schemas.JobDetails, "The queued job.", 404, 413, 415, status=201),
    openapi_extra=request_body(schemas.NewJobRequest),
)
async def queue_new_job(request: Request) -> Response:
    """Create a new job and place it onto the queue."""
    new = body.validated(_NewJobBody, await body.read_members(request, scalars=("job_type_id",)))
    details = await services_of(request).v3_jobs.submit(new.job_type_id, new.job_data, user_of(request))
    location = {"Location": url_of(request, f"jobs/{details.item.job.id}/")}
    return json_response(render_jobs.job_details(request, details), 201, location)


@router.post(
    "/queue/requeue-jobs/",
    operation_id="requeue_jobs",
    summary="Requeue Jobs",
    responses=responses(job_schemas.JobPage, "The jobs that match: the first page of them.", 413, 415),
    openapi_extra=request_body(schemas.RequeueRequest, required=False),
)
async def requeue_jobs(request: Request, page_size: Size = None) -> Response:
    """Place the FAILED and CANCELED jobs that match onto the queue again, and return all that match.

    Jobs with another status and superseded jobs are left unchanged.
    """
    raw = await body.read_members(request, LISTS, SCALARS, selects=REQUEUE)
    members = body.validated(RequeueBody, raw)
    criteria = read_filter(request, REQUEUE, members.model_dump(exclude_none=True, include=set(REQUEUE)), set(raw))
    page = parse_page(None, page_size)
    result = await services_of(request).v3_jobs.requeue(criteria, members.priority, page, user_of(request))
    # No further pages: asked for once more, other jobs would match.
    results = [response_shapes.JOB.of(item) for item in result.items]
    return json_response({"count": result.count, "next": None, "previous": None, "results": results})


def read_filter(request: Request, known: Mapping[str, str], provided: dict[str, Any], names: set[str]) -> JobFilter:
    """The filter; raises InvalidRequest when a request might select more than was meant."""
    services = services_of(request)
    unknown = names - set(known) - {"priority"}
    if unknown and not names & set(known):
        raise InvalidRequest(f"None of these members is known: {', '.join(sorted(unknown))}.")
    criteria = build(JobFilter, known, provided, services.clock())
    if services.options.bulk_require_filter and criteria.is_empty():
        raise InvalidRequest("At least one filter is required by this installation.")
    return criteria
