"""The service about itself."""

from importlib.metadata import version

from fastapi import APIRouter, Response
from pydantic import Field

from jobsvc.api.context import json_response
from jobsvc.api.documents import answers
from jobsvc.api.shapes import Shape

router = APIRouter(tags=["system"])
VERSION = version("jobsvc")


class Version(Shape):
    """The version of the service."""

    version: str = Field(description="The version of the service.")


@router.get("/version/", operation_id="get_version", summary="Version", responses=answers(Version, "The version."))
async def get_version() -> Response:
    """Return the version of the service; answered without a token."""
    return json_response({"version": VERSION})
