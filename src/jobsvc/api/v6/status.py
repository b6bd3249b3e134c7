"""The status service."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import services_of
from jobsvc.api.envelope import record_response
from jobsvc.api.permissions import requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas.status import Status
from jobsvc.domain.access import Permission

router = APIRouter(tags=["system"])


@router.get(
    "/status/",
    operation_id="get_status",
    summary="Get Status",
    responses=responses(Status, "The status of everything."),
)
@requires(Permission.SYSTEM_READ)
async def get_status(request: Request) -> Response:
    """Return the health of nodes, scheduler, database and log store."""
    return record_response(request, await services_of(request).cluster.status())
