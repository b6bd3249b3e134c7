"""How many jobs of each type do what, and the load over time (docs/spec/behaviour/siblings.md)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ApiModel, Computed, PageOf, Source
from jobsvc.api.v6.schemas.common import JobTypeBase
from jobsvc.api.v6.schemas.errors import ErrorDetails
from jobsvc.domain.status import ErrorCategory, JobStatus


class StatusCount(ApiModel):
    """How many jobs have a status."""

    status: JobStatus = Field(description="The status; final ones count only within the time range.")
    count: int = Field(description="The number of jobs.")
    most_recent: datetime | None = Field(description="When the last of them got the status.")
    category: ErrorCategory | None = Field(description="Of failed jobs the category of their errors.")


class JobTypeStatus(ApiModel):
    """The jobs of a type by status."""

    job_type: JobTypeBase = Field(description="The job type.")
    job_counts: list[StatusCount] = Field(description="How many jobs have which status.")


class JobTypePending(ApiModel):
    """The jobs of a type that wait for their input."""

    job_type: JobTypeBase = Field(description="The job type.")
    count: int = Field(description="The number of jobs.")
    longest_pending: Annotated[datetime, Source("since")] = Field(description="When the first of them began to wait.")


class JobTypeRunning(ApiModel):
    """The running jobs of a type."""

    job_type: JobTypeBase = Field(description="The job type.")
    count: int = Field(description="The number of jobs.")
    longest_running: Annotated[datetime, Source("since")] = Field(description="When the first of them started.")


class JobTypeSystemFailure(ApiModel):
    """The failed jobs of a type that the system caused to fail, by error."""

    job_type: JobTypeBase = Field(description="The job type.")
    error: ErrorDetails = Field(description="Why the jobs failed.")
    count: int = Field(description="The number of jobs.")
    first_error: datetime = Field(description="When the first of them failed.")
    last_error: datetime = Field(description="When the last of them failed.")


class QueueStatus(ApiModel):
    """The queued jobs of a type."""

    job_type: JobTypeBase = Field(description="The job type.")
    count: int = Field(description="The number of jobs.")
    longest_queued: datetime = Field(description="When the first of them was queued.")
    highest_priority: int = Field(description="The best priority of them, which is the lowest number.")
    is_job_type_paused: Annotated[bool, Source("job_type.is_paused")] = Field(description="Whether starting them is paused.")


class Load(ApiModel):
    """The number of jobs at a moment."""

    time: datetime = Field(description="The time.")
    pending_count: int = Field(description="Jobs that waited for their input, as far as they still do.")
    queued_count: int = Field(description="Jobs that waited for a worker.")
    running_count: int = Field(description="Jobs that ran.")


class JobTypeVersions(ApiModel, columns="latest"):
    """All versions of a job type; beside the versions, everything is of the latest one."""

    id: int = Field(description="The unique identifier of the latest version.")
    name: str = Field(description="The stable name of the job type.")
    title: str | None = Field(description="The human readable display name.")
    description: str | None = Field(description="A longer description.")
    icon_code: str | None = Field(description="A font-awesome icon code to use when displaying this job type.")
    is_active: bool = Field(description="Whether it is active (false once it is deprecated).")
    is_paused: bool = Field(description="Whether it is paused (while paused no jobs of this type will be run).")
    is_published: bool = Field(description="Whether the job type's outputs are published.")
    is_system: bool = Field(description="Whether it belongs to the system itself.")
    unmet_resources: str | None = Field(description="The resources that no node has, separated by commas.")
    num_versions: Annotated[int, Computed(lambda item: len(item.versions))] = Field(
        description="The number of versions of this job type."
    )
    latest_version: Annotated[str, Source("latest.version")] = Field(description="The latest version of this job type.")
    versions: Annotated[list[str], Source("versions")] = Field(description="All versions, the latest one last.")


class JobTypeStatusPage(PageOf[JobTypeStatus]):
    """A page of job types with their jobs by status."""


class JobTypePendingPage(PageOf[JobTypePending]):
    """A page of job types with pending jobs."""


class JobTypeRunningPage(PageOf[JobTypeRunning]):
    """A page of job types with running jobs."""


class JobTypeSystemFailurePage(PageOf[JobTypeSystemFailure]):
    """A page of job types with system failures."""


class QueueStatusPage(PageOf[QueueStatus]):
    """A page of job types with waiting jobs."""


class LoadPage(PageOf[Load]):
    """A page of the load over time."""


class JobTypeVersionsPage(PageOf[JobTypeVersions]):
    """A page of names of job types."""
