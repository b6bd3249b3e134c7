"""Cancel and requeue requests (documents 001 and 003), and the operations that they start."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.v6.schemas.common import Document, JobTypeBase, PageOf, Shape
from jobsvc.api.v6.schemas.jobs import Job


class JobTypeName(Shape):
    """A job type by its name and version."""

    name: str
    version: str


class CancelJobs(Shape):
    """Which jobs to cancel: members are AND-ed, values inside a member OR-ed; nothing given selects every job."""

    started: str | None = Field(None, description="The start of the time range to query (ISO-8601 time or duration).")
    ended: str | None = Field(None, description="End of the time range to query (ISO-8601 time or duration).")
    status: str | None = Field(None, description="Only jobs with this status.")
    job_ids: list[int] | None = Field(None, description="Only jobs with these IDs.")
    job_type_ids: list[int] | None = Field(None, description="Only jobs with these job types.")
    job_types: list[JobTypeName] | None = Field(None, description="Only jobs with these job types, by name and version.")
    job_type_names: list[str] | None = Field(None, description="Only jobs with these job type names.")
    batch_ids: list[int] | None = Field(None, description="Only jobs that were part of these batches.")
    recipe_ids: list[int] | None = Field(None, description="Only jobs that were part of these recipes.")
    error_categories: list[str] | None = Field(None, description="Only jobs that failed with these error categories.")
    error_ids: list[int] | None = Field(None, description="Only jobs that failed with these errors.")
    is_superseded: bool | None = Field(None, description="Only jobs matching the is_superseded flag.")
    dry_run: bool | None = Field(None, description="Only say what would be done.")
    expected_count: int | None = Field(None, ge=0, description="Refuse (409) when the filter selects another number of jobs.")


class RequeueJobs(CancelJobs):
    """Which jobs to requeue, and how."""

    priority: int | None = Field(None, ge=1, description="New priority; a lower number is a higher priority.")


class BulkOperation(Shape):
    """A cancel or requeue request, and how far it is."""

    id: int
    kind: str = Field(description="CANCEL or REQUEUE.")
    state: str = Field(description="ACCEPTED, RUNNING, COMPLETED or STOPPED.")
    filter: Document = Field(description="Which jobs: the criteria as they were frozen when the request was accepted.")
    priority: int | None
    requested_by: str | None
    created: datetime
    started: datetime | None
    ended: datetime | None
    matched: int | None = Field(description="Jobs that the filter selects; null until the work has begun.")
    processed: int = Field(description="Jobs looked at so far.")
    done: int = Field(description="Jobs changed.")
    not_eligible: int = Field(description="Jobs whose status does not allow it.")
    conflict: int = Field(description="Jobs that changed meanwhile.")
    error: int = Field(description="Jobs that could not be changed.")
    rate: float | None = Field(description="Jobs looked at in a second; null until the work has begun.")
    expected_end: datetime | None = Field(description="When it will be done at this rate; null when it is, or nobody can say.")


class JobTypeCount(Shape):
    """How many jobs of a type a request selects."""

    job_type: JobTypeBase
    count: int


class BulkPreview(Shape):
    """What a cancel or requeue request would do now."""

    matched: int = Field(description="Jobs that the filter selects.")
    eligible: int = Field(description="Those of them that would be changed.")
    by_status: dict[str, int] = Field(description="The selected jobs by status.")
    by_job_type: list[JobTypeCount] = Field(description="The selected jobs by job type.")
    sample: list[Job] = Field(description="The first of the selected jobs.")


class BulkOperationPage(PageOf[BulkOperation]):
    """A page of bulk operations."""
