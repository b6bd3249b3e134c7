"""Shapes that several resources show."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from jobsvc.api.models import ITSELF, ApiModel, Computed, Document, Source
from jobsvc.domain.status import ErrorCategory


class Ref(ApiModel):
    """Only the id of something: its record is the id."""

    id: Annotated[int, ITSELF] = Field(description="The unique identifier of the model.")


class JobTypeBase(ApiModel):
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


class JobTypeOfRevision(JobTypeBase, inherited="item.job_type"):
    """A job type with what a revision's details say of its versions."""

    num_versions: int = Field(description="The number of versions of this job type.")
    latest_version: str = Field(description="The latest version of this job type.")


class Node(ApiModel):
    """The host that ran something."""

    id: int = Field(description="The unique identifier of the model.")
    hostname: str = Field(description="The full domain-qualified hostname of the node.")


class Event(ApiModel):
    """A cause."""

    id: int = Field(description="The unique identifier of the model.")
    type: str = Field(description="The type of the event.")
    occurred: datetime = Field(description="When the event occurred.")


class ErrorBase(ApiModel):
    """Why something failed."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the error.")
    title: str | None = Field(description="The human readable name of the error.")
    description: str | None = Field(description="A longer description of the error.")
    job_type_name: str | None = Field(description="The name of the job type that declares the error.")
    category: ErrorCategory = Field(description="The category of the error.")
    is_builtin: bool = Field(description="Whether the error is part of the service itself.")
    should_be_retried: bool = Field(description="Whether jobs that fail with the error are tried again.")


class Batch(ApiModel):
    """The batch that something belongs to."""

    id: int = Field(description="The unique identifier of the model.")
    title: str | None = Field(description="The human readable name of the batch.")
    description: str | None = Field(description="A longer description of the batch.")
    created: datetime = Field(description="When the batch was created.")


class RecipeTypeTexts(ApiModel):
    """What every form of a recipe type begins with."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the recipe type.")
    title: str | None = Field(description="The human readable name of the recipe type.")
    description: str | None = Field(description="A longer description of the recipe type.")


class RecipeTypeBase(RecipeTypeTexts):
    """A recipe type as other resources show it."""

    revision_num: int = Field(description="The current revision number of the recipe type.")


class RecipeType(RecipeTypeTexts):
    """A recipe type as its list shows it."""

    is_active: bool = Field(description="Whether the recipe type is active (false once recipe type is deprecated).")
    is_system: bool = Field(description="Whether the recipe type belongs to the system itself.")
    revision_num: int = Field(description="The current revision number of the recipe type.")
    created: datetime = Field(description="When the associated database model was initially created.")
    deprecated: datetime | None = Field(description="When the recipe type was deactivated.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class RecipeBase(ApiModel):
    """The recipe that a job belongs to."""

    id: int = Field(description="The unique identifier of the model.")
    recipe_type: Annotated[RecipeTypeBase, Source("type_")] = Field(description="The recipe type.")
    recipe_type_rev: Annotated[Ref, Source("recipe_type_rev_id")] = Field(description="The revision of the recipe type.")
    event: Annotated[Ref | None, Source("event_id")] = Field(description="What caused the recipe.")


class ResourceAmounts(ApiModel):
    """Amounts by resource: cpus and gpus in pieces, mem and disk in MiB. Its record is the amounts."""

    resources: Annotated[dict[str, float], ITSELF] = Field(description="The amounts by the name of the resource.")


def _member_of(name: str) -> Computed:
    """A member of a stored document, which may be null or lack it."""

    def of(stored: Document | None) -> Any:
        return (stored or {}).get(name, {})

    return Computed(of)


class FilesAndJson(ApiModel):
    """Data by name: file ids and JSON values."""

    files: Annotated[dict[str, list[int]], _member_of("files")] = Field(
        description="IDs of files by the name of the input or output."
    )
    json_: Annotated[Document, _member_of("json")] = Field(
        alias="json", description="JSON values by the name of the input or output."
    )


class EngineChoice(ApiModel):
    """The engine of a job type."""

    name: str = Field(description="The name of the engine: `subprocess`, `docker`, `slurm`.")
    options: Document = Field(description="What the job type chooses there.")


class Retries(ApiModel):
    """What becomes of failures of a job type's jobs."""

    policy: str | None = Field(description="The name of a retry policy; null: the default decides.")
    max_memory: float | None = Field(description="The most memory, in MiB, that the policy may give.")
    max_timeout: int | None = Field(description="The most seconds that the policy may give.")


class JobConfiguration(ApiModel):
    """How to run a job."""

    mounts: Document = Field(description="Host directories of the job's mounts.")
    output_workspaces: Document = Field(description="Where outputs are stored: `default`, and exceptions in `outputs`.")
    priority: int = Field(description="The priority of the job; a lower number is a higher priority.")
    settings: dict[str, str] = Field(description="The settings by name.")
    max_log_bytes: int | None = Field(
        None, description="How much an execution may log, in bytes; absent: the limit in the worker's settings."
    )
    engine: EngineChoice | None = Field(
        None, description="What runs the jobs of the type; absent: the engine that the installation runs jobs with."
    )
    retries: Retries | None = Field(None, description="What becomes of failures of the type's jobs; absent: the default decides.")
