"""The service about itself."""

from importlib.metadata import version

from fastapi import APIRouter, Response
from pydantic import Field

from jobsvc.api.context import json_response
from jobsvc.api.models import ApiModel
from jobsvc.api.responses import responses

router = APIRouter(tags=["system"])
VERSION = version("jobsvc")


class Version(ApiModel):
    """The version of the service."""

    version: str = Field(description="The version of the service.")


@router.get("/version/", operation_id="get_version", summary="Version", responses=responses(Version, "The version."))
async def get_version() -> Response:
    """Return the version of the service; answered without a token."""
    return json_response({"version": VERSION})
