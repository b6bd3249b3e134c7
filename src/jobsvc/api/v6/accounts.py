"""Account services."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import principal_of
from jobsvc.api.envelope import record_response
from jobsvc.api.permissions import Reach, requires
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas.accounts import Profile
from jobsvc.domain.access import Permission

router = APIRouter(tags=["accounts"])


@router.get(
    "/accounts/profile/",
    operation_id="get_profile",
    summary="Current User",
    responses=responses(Profile, "The calling user.", 401),
)
@requires(Permission.PROFILE_READ, Reach.OWN, status=401)
async def get_profile(request: Request) -> Response:
    """Return the calling user."""
    return record_response(request, principal_of(request))
