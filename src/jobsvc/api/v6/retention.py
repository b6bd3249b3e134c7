"""How long jobs are kept, holds, and purges (docs/guide/retention.md)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of, user_of
from jobsvc.api.envelope import record_response
from jobsvc.api.fields import Text
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses, success
from jobsvc.api.urls import url_of
from jobsvc.api.v6.schemas import retention as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.retention import RetentionPolicy
from jobsvc.services.visibility import Thing

router = APIRouter(tags=["retention"])
OF_TYPE = "/job-types/{name}/{version}/retention/"
HOLD = "/jobs/{job_id:int}/hold/"


@router.get(
    OF_TYPE,
    operation_id="get_job_type_retention",
    summary="Job Type Retention",
    responses=responses(schemas.JobTypeRetention, "How long its jobs are kept.", 404),
)
@requires(Permission.TYPES_READ, Thing.JOB_TYPE_BY_NAME)
async def get_of_type(request: Request, name: Text, version: Text) -> Response:
    """Return how long the jobs of a type are kept."""
    return record_response(request, await services_of(request).retention.of_type(name, version))


@router.put(
    OF_TYPE,
    operation_id="set_job_type_retention",
    summary="Set Job Type Retention",
    responses=responses(schemas.JobTypeRetention, "How long its jobs are kept.", 404, 413, 415),
)
@requires(Permission.TYPES_WRITE, Thing.JOB_TYPE_BY_NAME)
async def set_of_type(
    request: Request,
    name: Text,
    version: Text,
    change: Annotated[schemas.JobTypeRetentionChange, Depends(schemas.JobTypeRetentionChange.read)],
) -> Response:
    """Say how long the jobs of a type are kept; members that are left out are as the settings say."""
    policy = RetentionPolicy(**change.model_dump(exclude_none=True))
    return record_response(request, await services_of(request).retention.set_for_type(name, version, policy))


@router.get(
    HOLD,
    operation_id="get_job_hold",
    summary="Job Hold",
    responses=responses(schemas.JobHold, "The hold.", 404),
)
@requires(Permission.JOBS_READ, Thing.JOB)
async def get_hold(request: Request, job_id: int) -> Response:
    """Return why a job is held; 404 when it is not."""
    return record_response(request, await services_of(request).retention.hold_of(job_id))


@router.put(
    HOLD,
    operation_id="hold_job",
    summary="Hold Job",
    responses=responses(schemas.JobHold, "The hold.", 404, 413, 415),
)
@requires(Permission.JOBS_OPERATE, Thing.JOB)
async def hold_job(
    request: Request, job_id: int, hold: Annotated[schemas.JobHoldChange, Depends(schemas.JobHoldChange.read)]
) -> Response:
    """Keep a job from being purged, until it is released."""
    return record_response(request, await services_of(request).retention.hold(job_id, hold.reason, user_of(request)))


@router.delete(
    HOLD,
    operation_id="release_job",
    summary="Release Job",
    status_code=204,
    responses=responses(None, "The job is not held any more.", 404, status=204),
)
@requires(Permission.JOBS_OPERATE, Thing.JOB)
async def release_job(request: Request, job_id: int) -> Response:
    """Let go of a job that was held; one that was not stays as it is."""
    await services_of(request).retention.release(job_id)
    return Response(status_code=204)


@router.get(
    "/retention/preview/",
    operation_id="preview_purge",
    summary="Purge Preview",
    responses=responses(schemas.RetentionPreview, "What the next run would remove."),
)
@requires(Permission.JOBS_READ)
async def preview_purge(request: Request) -> Response:
    """Return what would be removed if jobs were purged now."""
    return record_response(request, await services_of(request).retention.preview())


@router.post(
    "/retention/purge/",
    operation_id="purge_jobs",
    summary="Purge Jobs",
    status_code=202,
    response_class=Response,
    responses=responses(None, "Accepted; `Location` is the address of the bulk operation.", 413, 415, status=202)
    | success(schemas.RetentionPreview, "With `dry_run`: what would be removed."),
)
@requires(Permission.SYSTEM_OPERATE)
async def purge_jobs(request: Request, purge: Annotated[schemas.PurgeJobs, Depends(schemas.PurgeJobs.read)]) -> Response:
    """Remove now what has been kept long enough, as the service does once a day, asynchronously."""
    job_types = [(item.name, item.version) for item in purge.job_types or []]
    retention = services_of(request).retention
    if purge.dry_run:
        return record_response(request, await retention.preview(job_types))
    operation_id = await retention.purge(job_types, user_of(request))
    return Response(status_code=202, headers={"Location": url_of(request, f"bulk-operations/{operation_id}/")})
