"""Files and workspaces (docs/spec/behaviour/keys-v6.md#files and docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import Request
from pydantic import AfterValidator, Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Int, Text
from jobsvc.api.models import ApiModel, Document, ForRequest, PageOf, Source
from jobsvc.api.urls import file_url, url_of
from jobsvc.api.v6.schemas.common import Batch, JobTypeBase, RecipeTypeBase, Ref
from jobsvc.domain import records
from jobsvc.domain.validation import read_object

MetaData = Annotated[Document, AfterValidator(lambda document: read_object(document, "meta_data"))]


class FileType(StrEnum):
    """Whether a file is an input (SOURCE) or was produced by a job (PRODUCT)."""

    SOURCE = "SOURCE"
    PRODUCT = "PRODUCT"


def _url(item: records.FileItem, request: Request) -> str:
    """In its workspace, or else in the service."""
    content_url = url_of(request, f"files/{item.file.id}/content/")
    return file_url(item.workspace.base_url, item.file.file_path, content_url)


class WorkspaceBase(ApiModel):
    """The workspace that a file lies in."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The name of the workspace.")


class FileItem(ApiModel, columns="file"):
    """A file as lists show it."""

    id: int = Field(description="The unique identifier of the model.")
    file_name: str = Field(description="The name of the file.")
    workspace: WorkspaceBase = Field(description="The workspace that the file lies in.")
    data_type_tags: list[str] = Field(description="Tags that say what kind of data the file holds.")
    media_type: str = Field(description="The media type of the file.")
    file_type: FileType = Field(description="Whether the file is a source file or was produced by a job.")
    file_size: int = Field(description="The size of the file in bytes.")
    file_path: str = Field(description="The path of the file within its workspace.")
    is_deleted: bool = Field(description="Whether the file has been deleted.")
    url: Annotated[str | None, ForRequest(_url)] = Field(description="Where the file can be read.")
    created: datetime = Field(description="When the associated database model was initially created.")
    deleted: datetime | None = Field(description="When the file was deleted.")
    data_started: datetime | None = Field(description="When the time range that the data cover begins.")
    data_ended: datetime | None = Field(description="When the time range that the data cover ends.")
    source_started: datetime | None = Field(description="When collection of the source file started.")
    source_ended: datetime | None = Field(description="When collection of the source file ended.")
    source_sensor_class: str | None = Field(description="The class of sensor used to produce the source file.")
    source_sensor: str | None = Field(description="The specific identifier of the sensor used to produce the source file.")
    source_collection: str | None = Field(description="The collection of the source file.")
    source_task: str | None = Field(description="The task that produced the source file.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")
    geometry: str | None = Field(description="WKT of what the data cover.")
    center_point: str | None = Field(description="WKT of its centre.")
    countries: list[str] = Field(description="The countries that the data cover, by code.")
    job_type: JobTypeBase | None = Field(description="The type of the job that made the file.")
    job: Annotated[Ref | None, Source("file.job_id")] = Field(description="The job that made the file.")
    job_exe: Annotated[Ref | None, Source("file.job_exe_id")] = Field(description="The job execution that made the file.")
    job_output: str | None = Field(description="The output of the job that the file belongs to.")
    recipe_type: RecipeTypeBase | None = Field(description="The type of the recipe that made the file.")
    recipe: Annotated[Ref | None, Source("file.recipe_id")] = Field(description="The recipe that made the file.")
    recipe_node: str | None = Field(description="The node of the recipe that made the file.")
    batch: Batch | None = Field(description="The batch that made the file.")
    is_superseded: bool = Field(description="Whether it has been replaced and is now obsolete.")
    superseded: datetime | None = Field(description="When it became superseded.")


class FileDetails(FileItem, columns="file"):
    """A single file."""

    meta_data: Document = Field(description="Further metadata of the file.")


class FilePage(PageOf[FileItem]):
    """A page of files."""


class FileMembers(StrictRequestBody):
    """What may be stated about a registered file."""

    workspace: Text | None = Field(None, description="The name of the workspace; the default one when absent.")
    workspace_id: Int | None = Field(None, description="Alternatively the id of the workspace.")
    file_path: Text = Field(description="The path of the file within the workspace.")
    media_type: Text | None = Field(None, description="The media type; guessed from the name when absent.")
    data_type_tags: list[Text] | None = Field(None, description="Tags that say what kind of data the file holds.")
    data_started: Text | None = Field(None, description="When the time range that the data cover begins.")
    data_ended: Text | None = Field(None, description="When the time range that the data cover ends.")
    source_started: Text | None = Field(None, description="When collection of the source file started.")
    source_ended: Text | None = Field(None, description="When collection of the source file ended.")
    source_sensor_class: Text | None = Field(None, description="The class of sensor used to produce the source file.")
    source_sensor: Text | None = Field(None, description="The specific identifier of the sensor used to produce the source file.")
    source_collection: Text | None = Field(None, description="The collection of the source file.")
    source_task: Text | None = Field(None, description="The task that produced the source file.")
    meta_data: MetaData | None = Field(None, description="Further metadata of the file.")


class Workspace(ApiModel):
    """A workspace as its list shows it."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the workspace.")
    title: str | None = Field(description="The human readable display name.")
    description: str | None = Field(description="A longer description.")
    base_url: str | None = Field(description="Where the files of the workspace can be read, when not from the service.")
    is_active: bool = Field(description="Whether files can be stored in the workspace.")
    created: datetime = Field(description="When the associated database model was initially created.")
    deprecated: datetime | None = Field(description="When it was deactivated.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class WorkspaceDetails(Workspace):
    """A workspace with its configuration."""

    configuration: Document = Field(description="The broker: how the files are reached.")


class WorkspacePage(PageOf[Workspace]):
    """A page of workspaces."""


BROKERS = (
    "The broker: `{'broker': {'type': 'host', 'host_path': '/directory'}}`, or "
    "`{'broker': {'type': 's3', 'bucket_name': 'data', 'prefix': 'maps', 'region_name': 'eu-west-1'}}`, where the last two may "
    "be absent. Credentials are the service's own."
)


class WorkspaceCreate(StrictRequestBody):
    """The definition of a workspace."""

    title: Text = Field(min_length=1, description="The title; the name is derived from it.")
    configuration: Document = Field(description=BROKERS)
    description: Text | None = Field(None, description="A longer description.")
    base_url: Text | None = Field(None, description="Where the files of the workspace can be read, when not from the service.")
    is_active: bool = Field(default=True, description="Whether files can be stored in the workspace. Defaults to true.")


class WorkspaceChange(StrictRequestBody):
    """Changeable members of a workspace."""

    title: Text | None = Field(None, min_length=1, description="The human readable display name of the workspace.")
    configuration: Document | None = Field(None, description="The broker: how the files are reached.")
    description: Text | None = Field(None, description="A longer description.")
    base_url: Text | None = Field(None, description="Where the files of the workspace can be read, when not from the service.")
    is_active: bool | None = Field(None, description="Whether files can be stored in the workspace.")
