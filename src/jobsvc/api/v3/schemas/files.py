"""Files as jobs show them (docs/spec/services/v3-job-details.md: inputs and outputs)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel, Document, PageOf
from jobsvc.api.v3.schemas.common import Ref


class Workspace(ApiModel):
    """The workspace that a file lies in."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the workspace.")


class ScaleFile(ApiModel):
    """A file."""

    id: int = Field(description="The unique identifier of the model.")
    workspace: Workspace = Field(description="The workspace that the file lies in.")
    file_name: str = Field(description="The name of the file.")
    media_type: str = Field(description="The media type of the file.")
    file_size: int = Field(description="The size of the file in bytes.")
    data_type: list[str] = Field(description="Tags that say what kind of data the file holds.")
    is_deleted: bool = Field(description="Whether the file has been deleted.")
    uuid: str = Field(description="What identifies the file everywhere.")
    url: str = Field(description="Where the file can be read.")
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
    job_type: Ref | None = Field(description="The type of the job that made it.")
    job: Ref | None = Field(description="The job that made it.")
    job_exe: Ref | None = Field(description="The execution that made it.")


class ScaleFilePage(PageOf[ScaleFile]):
    """A page of files."""
