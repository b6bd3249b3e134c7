"""Shapes that several resources show."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ITSELF, ApiModel, Document, Source


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
    category: str | None = Field(description="What kind of job type it is.")
    author_name: str | None = Field(description="Who made the job type.")
    author_url: str | None = Field(description="Where its author can be found.")
    is_system: bool = Field(description="Whether the job type runs jobs of the system itself.")
    is_long_running: bool = Field(description="Whether jobs of the type run until they are canceled.")
    is_active: bool = Field(description="Whether the job type is active (false once it is archived).")
    is_operational: bool = Field(description="Whether the job type is operational.")
    is_paused: bool = Field(description="Whether the job type is paused (while paused no jobs of this type will be run).")
    icon_code: str | None = Field(description="A font-awesome icon code to use when displaying this job type.")


class JobTypeDetails(JobTypeBase, inherited="job_type", columns="columns"):
    """A job type as the details of a job show it."""

    uses_docker: bool = Field(description="Whether jobs of the type run in a container.")
    docker_privileged: bool = Field(description="Whether that container is privileged.")
    docker_image: str | None = Field(description="The image of that container.")
    revision_num: Annotated[int, Source("job_type.revision_num")] = Field(
        description="The current revision number of the job type."
    )
    priority: int = Field(description="The priority of jobs of the type.")
    max_scheduled: int | None = Field(description="The maximum number of jobs of the type that run at the same time.")
    timeout: int = Field(description="The maximum amount of time jobs of the type can run before being killed (in seconds).")
    max_tries: int = Field(description="The maximum number of times to attempt a job when failed (minimum one).")
    cpus_required: float = Field(description="The number of CPUs needed for a job of this type.")
    mem_required: float = Field(description="The amount of RAM in MiB needed for a job of this type.")
    disk_out_const_required: float = Field(description="A constant amount of disk space in MiB required for output files.")
    disk_out_mult_required: float = Field(description="What the size of the input is multiplied with and added to it.")
    created: datetime = Field(description="When the associated database model was initially created.")
    archived: datetime | None = Field(description="When the job type was archived.")
    paused: datetime | None = Field(description="When the job type was paused.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class JobTypeRev(ApiModel, columns="revision"):
    """The revision of a job type that a job runs."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: Annotated[Ref, Source("job_type.id")]
    revision_num: int = Field(description="The number of the revision.")


class JobTypeRevDetails(JobTypeRev, columns="revision"):
    """The same with its interface."""

    job_type: Annotated[Ref, Source("item.job_type.id")]
    interface: Document = Field(description="Inputs, outputs and command (Job Interface Specification Version 1.0).")
    created: datetime = Field(description="When the revision was made.")


class Event(ApiModel):
    """A cause."""

    id: int = Field(description="The unique identifier of the model.")
    type: str = Field(description="The type of the event.")
    rule: Annotated[Ref | None, Source("rule_id")] = Field(description="The rule that triggered it.")
    occurred: datetime = Field(description="When the event occurred.")


class Rule(ApiModel):
    """A rule that triggers events."""

    id: int = Field(description="The unique identifier of the model.")
    type: str = Field(description="The type of the rule.")
    name: str | None = Field(description="The name of the rule.")
    is_active: bool = Field(description="Whether the rule is active.")
    configuration: Document = Field(description="When the rule is triggered, and what follows.")
    created: datetime = Field(description="When the associated database model was initially created.")
    archived: datetime | None = Field(description="When the rule was archived.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class EventDetails(ApiModel):
    """What caused a job, in full."""

    id: int = Field(description="The unique identifier of the model.")
    type: str = Field(description="The type of the event.")
    rule: Rule | None = Field(description="The rule that triggered it.")
    occurred: datetime = Field(description="When the event occurred.")
    description: Document = Field(description="What the event was about.")


class ErrorBase(ApiModel):
    """Why something failed."""

    id: int = Field(description="The unique identifier of the model.")
    name: str = Field(description="The stable name of the error.")
    title: str | None = Field(description="The human readable name of the error.")
    description: str | None = Field(description="A longer description of the error.")
    category: str = Field(description="The category of the error: SYSTEM, DATA or ALGORITHM.")
    is_builtin: bool = Field(description="Whether the error is part of the service itself.")


class ErrorDetails(ErrorBase, inherited="error"):
    """The same with its dates."""

    created: datetime = Field(description="When the error was created.")
    last_modified: datetime = Field(description="When the error was last changed.")
