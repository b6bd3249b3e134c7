"""The service about itself."""

from importlib.metadata import version

from fastapi import APIRouter, Response

from jobsvc.api.parts import json_response
from jobsvc.api.v6.documents import answers
from jobsvc.api.v6.schemas.common import Shape

router = APIRouter(tags=["system"])
VERSION = version("jobsvc")


class Version(Shape):
    """The version of the service."""

    version: str


@router.get("/version/", operation_id="get_version", summary="Version", responses=answers(Version, "The version."))
async def get_version() -> Response:
    """Return the version of the service; answered without a token."""
    return json_response({"version": VERSION})
