"""Account services."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import user_of
from jobsvc.api.envelope import record_response
from jobsvc.api.responses import responses
from jobsvc.api.v6.schemas.accounts import Profile

router = APIRouter(tags=["accounts"])


@router.get(
    "/accounts/profile/",
    operation_id="get_profile",
    summary="Current User",
    responses=responses(Profile, "The calling user."),
)
async def get_profile(request: Request) -> Response:
    """Return the calling user."""
    return record_response(request, user_of(request))
