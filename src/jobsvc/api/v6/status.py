"""The status service."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import json_response, services_of
from jobsvc.api.responses import responses
from jobsvc.api.v6 import render_status as render
from jobsvc.api.v6.schemas.status import Status
from jobsvc.api.v6.system import VERSION

router = APIRouter(tags=["system"])


@router.get(
    "/status/",
    operation_id="get_status",
    summary="Get Status",
    responses=responses(Status, "The status of everything."),
)
async def get_status(request: Request) -> Response:
    """Return the health of nodes, scheduler, database and log store."""
    return json_response(render.status(await services_of(request).cluster.status(), VERSION))
