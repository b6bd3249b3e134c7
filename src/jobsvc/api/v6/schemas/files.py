"""Files and workspaces (behaviour.md, sections 9.6 and 15)."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from jobsvc.api.v6.schemas.common import Batch, Document, JobTypeBase, PageOf, RecipeTypeBase, Ref, Shape
from jobsvc.api.wire import Int, Text
from jobsvc.domain.documents import read_object

MetaData = Annotated[Document, AfterValidator(lambda document: read_object(document, "meta_data"))]


class WorkspaceBase(Shape):
    """The workspace that a file lies in."""

    id: int
    name: str


class File(Shape):
    """A file as lists show it."""

    id: int = Field(description="The unique identifier of the model.")
    file_name: str = Field(description="The name of the file.")
    workspace: WorkspaceBase = Field(description="The workspace that the file lies in.")
    data_type_tags: list[str] = Field(description="Tags that say what kind of data the file holds.")
    media_type: str = Field(description="The media type of the file.")
    file_type: str = Field(description="SOURCE, or PRODUCT of a job.")
    file_size: int = Field(description="The size of the file in bytes.")
    file_path: str = Field(description="The path of the file within its workspace.")
    is_deleted: bool = Field(description="Whether the file has been deleted.")
    url: str | None = Field(description="Where the file can be read.")
    created: datetime
    deleted: datetime | None
    data_started: datetime | None
    data_ended: datetime | None
    source_started: datetime | None
    source_ended: datetime | None
    source_sensor_class: str | None
    source_sensor: str | None
    source_collection: str | None
    source_task: str | None
    last_modified: datetime
    geometry: str | None = Field(description="WKT of what the data cover.")
    center_point: str | None = Field(description="WKT of its centre.")
    countries: list[str]
    job_type: JobTypeBase | None
    job: Ref | None
    job_exe: Ref | None
    job_output: str | None
    recipe_type: RecipeTypeBase | None
    recipe: Ref | None
    recipe_node: str | None
    batch: Batch | None
    is_superseded: bool
    superseded: datetime | None


class FileDetails(File):
    """A single file."""

    meta_data: Document = Field(description="What else is known of the file.")


class FilePage(PageOf[File]):
    """A page of files."""


class FileMembers(Shape):
    """What may be said of a file that is registered."""

    workspace: Text | None = Field(None, description="The name of the workspace; the default one when absent.")
    workspace_id: Int | None = Field(None, description="Or the id of the workspace.")
    file_path: Text = Field(description="The path of the file within the workspace.")
    media_type: Text | None = Field(None, description="The media type; guessed from the name when absent.")
    data_type_tags: list[Text] | None = None
    data_started: Text | None = None
    data_ended: Text | None = None
    source_started: Text | None = None
    source_ended: Text | None = None
    source_sensor_class: Text | None = None
    source_sensor: Text | None = None
    source_collection: Text | None = None
    source_task: Text | None = None
    meta_data: MetaData | None = None


class Workspace(Shape):
    """A workspace as its list shows it."""

    id: int
    name: str
    title: str | None
    description: str | None
    base_url: str | None
    is_active: bool
    created: datetime
    deprecated: datetime | None
    last_modified: datetime


class WorkspaceDetails(Workspace):
    """A workspace with its configuration."""

    configuration: Document


class WorkspacePage(PageOf[Workspace]):
    """A page of workspaces."""


class NewWorkspace(Shape):
    """What a workspace is made of."""

    title: Text = Field(min_length=1, description="The title; the name is made of it.")
    configuration: Document = Field(description="The broker: `{'broker': {'type': 'host', 'host_path': '/directory'}}`.")
    description: Text | None = None
    base_url: Text | None = Field(None, description="Where the files of the workspace can be read, when not from the service.")
    is_active: bool = True


class WorkspaceChange(Shape):
    """What may change of a workspace."""

    title: Text | None = Field(None, min_length=1)
    configuration: Document | None = None
    description: Text | None = None
    base_url: Text | None = None
    is_active: bool | None = None
