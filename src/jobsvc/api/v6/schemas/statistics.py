"""How many jobs of each type do what, and the load over time (behaviour.md, section 15)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.v6.schemas.common import JobTypeBase, PageOf, Shape
from jobsvc.api.v6.schemas.errors import ErrorDetails


class StatusCount(Shape):
    """How many jobs have a status."""

    status: str = Field(description="The status; final ones count only within the time range.")
    count: int = Field(description="The number of jobs.")
    most_recent: datetime | None = Field(description="When the last of them got the status.")
    category: str | None = Field(description="Of failed jobs the category of their errors.")


class JobTypeStatus(Shape):
    """The jobs of a type by status."""

    job_type: JobTypeBase
    job_counts: list[StatusCount]


class JobTypePending(Shape):
    """The jobs of a type that wait for their input."""

    job_type: JobTypeBase
    count: int
    longest_pending: datetime = Field(description="Since when the first of them has waited.")


class JobTypeRunning(Shape):
    """The running jobs of a type."""

    job_type: JobTypeBase
    count: int
    longest_running: datetime = Field(description="Since when the first of them has run.")


class JobTypeSystemFailure(Shape):
    """The failed jobs of a type for which the system is to blame, by error."""

    job_type: JobTypeBase
    error: ErrorDetails
    count: int
    first_error: datetime = Field(description="When the first of them failed.")
    last_error: datetime = Field(description="When the last of them failed.")


class QueueStatus(Shape):
    """The waiting jobs of a type."""

    job_type: JobTypeBase
    count: int
    longest_queued: datetime = Field(description="Since when the first of them has waited for a worker.")
    highest_priority: int = Field(description="The best priority of them, which is the lowest number.")
    is_job_type_paused: bool = Field(description="Whether none of them is started.")


class Load(Shape):
    """The number of jobs at a moment."""

    time: datetime
    pending_count: int = Field(description="Jobs that waited for their input, as far as they still do.")
    queued_count: int = Field(description="Jobs that waited for a worker.")
    running_count: int = Field(description="Jobs that ran.")


class JobTypeVersions(Shape):
    """All versions of a job type; beside the versions, everything is of the latest one."""

    id: int = Field(description="The unique identifier of the latest version.")
    name: str = Field(description="The stable name of the job type.")
    title: str | None
    description: str | None
    icon_code: str | None
    is_active: bool
    is_paused: bool
    is_published: bool
    is_system: bool
    num_versions: int
    latest_version: str
    versions: list[str] = Field(description="All versions, the latest one last.")


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
