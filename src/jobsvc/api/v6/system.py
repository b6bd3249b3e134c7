"""The service about itself."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.envelope import record_response
from jobsvc.api.permissions import public
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas.system import Version

router = APIRouter(tags=["system"])


@router.get("/version/", operation_id="get_version", summary="Version", responses=responses(Version, "The version."))
@public
async def get_version(request: Request) -> Response:
    """Return the version of the service; answered without a token."""
    return record_response(request, None)
