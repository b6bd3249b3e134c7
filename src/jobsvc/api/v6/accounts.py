"""Account services."""

from fastapi import APIRouter, Request, Response

from jobsvc.api.context import json_response, user_of
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
    names = {"first_name": "", "last_name": "", "email": ""}
    return json_response({"id": None, "username": user_of(request), **names, "is_active": True, "is_staff": True})
