"""Job type services."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import PageQuery, page_response, record_response
from jobsvc.api.fields import Text
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.responses import LOCATION, responses, success
from jobsvc.api.urls import url_of
from jobsvc.api.v6.filters import JobTypeList
from jobsvc.api.v6.schemas import job_types as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.retry_policies import TypeRetries
from jobsvc.domain.writes import JobTypeOptions
from jobsvc.services.job_types import JobTypeChange, NewJobType
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["job types"])
OPTIONS = set(JobTypeOptions.model_fields)
ONE = "/job-types/{name}/{version}/"


@router.get(
    "/job-types/",
    operation_id="list_job_types",
    summary="Job Type List",
    responses=responses(schemas.JobTypePage, "A page of job types.", 404),
)
@requires(Permission.TYPES_READ, Reach.NARROWED)
async def list_job_types(request: Request, criteria: JobTypeList, page: PageQuery) -> Response:
    """Return job types, ordered by name and version."""
    return page_response(request, await services_of(request).job_types.list(criteria, page))


@router.post(
    "/job-types/",
    operation_id="create_job_type",
    summary="Create Job Type",
    status_code=201,
    responses=responses(schemas.JobTypeDetails, "The job type.", 413, 415, status=201)
    | success(schemas.JobTypeDetails, "The job type was there and has a new revision, if it changed.", headers=LOCATION),
)
@requires(Permission.TYPES_WRITE)
async def create_job_type(
    request: Request, members: Annotated[schemas.JobTypeCreate, Depends(schemas.JobTypeCreate.read)]
) -> Response:
    """Create a job type from a Seed manifest, or from an image that has one; an existing name and version gets a new revision."""
    details, is_new = await services_of(request).job_types.create(
        NewJobType(members.manifest, members.docker_image, members.configuration, _options(members), retries=_retries(members))
    )
    kind = details.item.job_type
    location = {"Location": url_of(request, f"job-types/{kind.name}/{kind.version}/")}
    return record_response(request, details, 201 if is_new else 200, location)


@router.get(
    "/job-types/{name}/",
    operation_id="list_job_type_versions",
    summary="Job Type Versions",
    responses=responses(schemas.JobTypePage, "A page of versions.", 404),
)
@requires(Permission.TYPES_READ, Thing.JOB_TYPE_BY_NAME)
async def list_versions(request: Request, name: Text, page: PageQuery) -> Response:
    """Return all versions of a job type, the newest first; an unknown name returns an empty page."""
    return page_response(request, await services_of(request).job_types.versions(name, page))


@router.get(
    ONE,
    operation_id="get_job_type",
    summary="Job Type Details",
    responses=responses(schemas.JobTypeDetails, "The job type.", 404),
)
@requires(Permission.TYPES_READ, Thing.JOB_TYPE_BY_NAME)
async def get_job_type(request: Request, name: Text, version: Text) -> Response:
    """Return a specific job type."""
    return record_response(request, await services_of(request).job_types.get(name, version))


@router.patch(
    ONE,
    operation_id="update_job_type",
    summary="Update Job Type",
    responses=responses(schemas.JobTypeDetails, "The job type.", 404, 413, 415),
)
@requires(Permission.TYPES_WRITE, Thing.JOB_TYPE_BY_NAME)
async def update_job_type(
    request: Request, name: Text, version: Text, members: Annotated[schemas.JobTypeChange, Depends(schemas.JobTypeChange.read)]
) -> Response:
    """Pause, resume, deactivate or change a job type."""
    change = JobTypeChange(members.manifest, members.docker_image, members.configuration, _options(members), _retries(members))
    return record_response(request, await services_of(request).job_types.change(name, version, change))


@router.get(
    f"{ONE}revisions/",
    operation_id="list_job_type_revisions",
    summary="Job Type Revisions",
    responses=responses(schemas.JobTypeRevisionPage, "A page of revisions.", 404),
)
@requires(Permission.TYPES_READ, Thing.JOB_TYPE_BY_NAME)
async def list_revisions(request: Request, name: Text, version: Text, page: PageQuery) -> Response:
    """Return the revisions of a job type, the latest first."""
    details, revisions_page = await services_of(request).job_types.revisions(name, version, page)
    items = [schemas.RevisionOfType(details.item.job_type, revision) for revision in revisions_page.items]
    return page_response(request, revisions_page.of(items))


@router.get(
    ONE + "revisions/{revision_num:int}/",
    operation_id="get_job_type_revision",
    summary="Job Type Revision Details",
    responses=responses(schemas.JobTypeRevisionDetails, "The revision.", 404),
)
@requires(Permission.TYPES_READ, Thing.JOB_TYPE_BY_NAME)
async def get_revision(request: Request, name: Text, version: Text, revision_num: int) -> Response:
    """Return a specific revision with its manifest."""
    details, item = await services_of(request).job_types.revision(name, version, revision_num)
    return record_response(request, schemas.RevisionOfType(details.item.job_type, item))


def _options(members: schemas.JobTypeChange) -> JobTypeOptions:
    """The plain columns that were given; null takes a limit back, and means nothing to the others."""
    provided = members.model_dump(include=OPTIONS, exclude_unset=True)
    return JobTypeOptions(**{name: value for name, value in provided.items() if value is not None or name == "max_scheduled"})


def _retries(members: schemas.JobTypeChange) -> TypeRetries | None:
    """What was said of retries: null takes it back, as does an object that says nothing."""
    return members.retries or (TypeRetries() if "retries" in members.model_fields_set else None)
