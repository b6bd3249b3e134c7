"""Files as jobs show them (docs/spec/services/v3-job-details.md: inputs and outputs)."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from pydantic import Field

from jobsvc.api.models import ApiModel, Document, ForRequest, PageOf, Source
from jobsvc.api.urls import base_url, file_url
from jobsvc.api.v3.schemas.common import Ref
from jobsvc.domain.v3.records import V3File


def _url(file: V3File, request: Request) -> str:
    """In its workspace, or else in the service of v6: the contents of files are no service of this generation."""
    return file_url(file.base_url, file.file_path, f"{base_url(request)}/v6/files/{file.id}/content/")


class Workspace(ApiModel):
    """The workspace that a file lies in."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the workspace.")


class ScaleFile(ApiModel):
    """A file."""

    id: int = Field(description="The unique identifier of the model.")
    workspace: Annotated[Workspace, Source("workspace_")] = Field(description="The workspace that the file lies in.")
    file_name: str = Field(description="The name of the file.")
    media_type: str = Field(description="The media type of the file.")
    file_size: int = Field(description="The size of the file in bytes.")
    data_type: list[str] = Field(description="Tags that say what kind of data the file holds.")
    is_deleted: bool = Field(description="Whether the file has been deleted.")
    uuid: str = Field(description="What identifies the file everywhere.")
    url: Annotated[str, ForRequest(_url)] = Field(description="Where the file can be read.")
    created: datetime = Field(description="When the associated database model was initially created.")
    deleted: datetime | None = Field(description="When the file was deleted.")
    data_started: datetime | None = Field(description="The start of the time range that the data cover.")
    data_ended: datetime | None = Field(description="The end of the time range that the data cover.")
    geometry: str | None = Field(description="WKT of what the data cover.")
    center_point: str | None = Field(description="WKT of its centre.")
    meta_data: Document = Field(description="Further metadata of the file.")
    countries: list[str] = Field(description="The countries that the data cover.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class ProductFile(ScaleFile):
    """A file that a job made."""

    is_operational: bool = Field(description="Whether the job type that made it was operational.")
    is_published: bool = Field(description="Whether the product is published.")
    has_been_published: bool = Field(description="Whether the product has ever been published.")
    published: datetime | None = Field(description="When the product was published.")
    unpublished: datetime | None = Field(description="When the product was withdrawn.")
    job_type: Annotated[Ref | None, Source("job_type_id")] = Field(description="The type of the job that made it.")
    job: Annotated[Ref | None, Source("job_id")] = Field(description="The job that made it.")
    job_exe: Annotated[Ref | None, Source("job_exe_id")] = Field(description="The execution that made it.")


class ScaleFilePage(PageOf[ScaleFile]):
    """A page of files."""
