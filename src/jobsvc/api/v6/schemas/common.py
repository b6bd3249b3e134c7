"""Shapes that several resources show."""

from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")
Document = dict[str, Any]


class Shape(BaseModel):
    """A JSON object with exactly these keys."""

    model_config = ConfigDict(extra="forbid")


class Problem(Shape):
    """What went wrong."""

    detail: str = Field(description="What was wrong, where, and what to do.")


class PageOf(Shape, Generic[T]):
    """One page of a result."""

    count: int = Field(description="The total number of results that match the query parameters.")
    next: str | None = Field(description="A URL to the next page of results.")
    previous: str | None = Field(description="A URL to the previous page of results.")
    results: list[T] = Field(description="List of result JSON objects that match the query parameters.")


class Ref(Shape):
    """Only the id of something."""

    id: int = Field(description="The unique identifier of the model.")


class JobTypeBase(Shape):
    """A job type as other resources show it."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the job type.")
    version: str = Field(description="The version of the job type.")
    title: str | None = Field(description="The human readable display name of the job type.")
    description: str | None = Field(description="A longer description of the job type.")
    is_active: bool = Field(description="Whether the job type is active (false once job type is deprecated).")
    is_system: bool = Field(description="Whether the job type runs jobs of the system itself.")
    is_paused: bool = Field(description="Whether the job type is paused (while paused no jobs of this type will be run).")
    is_published: bool = Field(description="Whether the job type's outputs are published.")
    icon_code: str | None = Field(description="A font-awesome icon code to use when displaying this job type.")
    unmet_resources: str | None = Field(description="Comma-joined resources that no node can offer.")
    revision_num: int = Field(description="The current revision number of the job type.")


class JobTypeOfRevision(JobTypeBase):
    """A job type with what a revision's details say of its versions."""

    num_versions: int = Field(description="The number of versions of this job type.")
    latest_version: str = Field(description="The latest version of this job type.")


class Node(Shape):
    """The host that ran something."""

    id: int = Field(description="The unique identifier of the model.")
    hostname: str = Field(description="The full domain-qualified hostname of the node.")


class Event(Shape):
    """What caused something."""

    id: int = Field(description="The unique identifier of the model.")
    type: str = Field(description="The type of the event.")
    occurred: datetime = Field(description="When the event occurred.")


class ErrorBase(Shape):
    """Why something failed."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the error.")
    title: str | None = Field(description="The human readable name of the error.")
    description: str | None = Field(description="A longer description of the error.")
    job_type_name: str | None = Field(description="The name of the job type that declares the error.")
    category: str = Field(description="The category of the error: SYSTEM, DATA or ALGORITHM.")
    is_builtin: bool = Field(description="Whether the error is part of the service itself.")
    should_be_retried: bool = Field(description="Whether jobs that fail with the error are tried again.")


class Batch(Shape):
    """The batch that something belongs to."""

    id: int = Field(description="The unique identifier of the model.")
    title: str | None = Field(description="The human readable name of the batch.")
    description: str | None = Field(description="A longer description of the batch.")
    created: datetime = Field(description="When the batch was created.")


class RecipeTypeBase(Shape):
    """A recipe type as other resources show it."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the recipe type.")
    title: str | None = Field(description="The human readable name of the recipe type.")
    description: str | None = Field(description="A longer description of the recipe type.")
    revision_num: int = Field(description="The current revision number of the recipe type.")


class RecipeBase(Shape):
    """The recipe that a job belongs to."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: RecipeTypeBase
    recipe_type_rev: Ref
    event: Ref | None


class ResourceAmounts(Shape):
    """Amounts by resource: cpus and gpus in pieces, mem and disk in MiB."""

    resources: dict[str, float]


class FilesAndJson(Shape):
    """Data by name: ids of files, and JSON values."""

    files: dict[str, list[int]]
    json_: Document = Field(alias="json")


class Configuration(Shape):
    """How a job is run."""

    mounts: Document
    output_workspaces: Document
    priority: int
    settings: dict[str, str]
