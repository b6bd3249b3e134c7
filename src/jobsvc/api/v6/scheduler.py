"""Scheduler services."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas import scheduler as schemas
from jobsvc.domain.access import Permission
from jobsvc.domain.writes import SchedulerUpdate

router = APIRouter(tags=["system"])


@router.get(
    "/scheduler/",
    operation_id="get_scheduler",
    summary="Get Scheduler",
    responses=responses(schemas.Scheduler, "The scheduler."),
)
@requires(Permission.SYSTEM_READ)
async def get_scheduler(request: Request) -> Response:
    """Return the settings that apply to all workers."""
    return record_response(request, await services_of(request).scheduler.get())


@router.patch(
    "/scheduler/",
    operation_id="update_scheduler",
    summary="Update Scheduler",
    status_code=204,
    responses=responses(None, "The scheduler is changed.", 413, 415, status=204),
)
@requires(Permission.SYSTEM_OPERATE)
async def update_scheduler(
    request: Request, change: Annotated[schemas.SchedulerChange, Depends(schemas.SchedulerChange.read)]
) -> Response:
    """Pause or resume everything, or change the order of the queue."""
    await services_of(request).scheduler.change(SchedulerUpdate(**change.model_dump(exclude_none=True)))
    return Response(status_code=204)
