"""The service about itself."""

from importlib.metadata import version
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ApiModel, always

VERSION = version("jobsvc")


class Version(ApiModel):
    """The version of the service."""

    version: Annotated[str, always(VERSION)] = Field(description="The version of the service.")
