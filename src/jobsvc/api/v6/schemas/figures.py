"""Jobs as numbers: by group, and over time."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel, PageOf
from jobsvc.domain.figures import Interval, Split
from jobsvc.domain.status import ErrorCategory, JobStatus

SAMPLE = (
    "of the last 50 executions of each job type of the group that started and have ended, whatever became of them and of "
    "whichever of its jobs; of at most 40 job types on a page"
)


class Percentiles(ApiModel):
    """How long executions took, in seconds."""

    p50: float | None = Field(description="What half of them did not exceed; null when there are none.")
    p95: float | None = Field(description="What 95 of 100 did not exceed; null when there are none.")


class JobGroup(ApiModel):
    """Jobs that have in common what they are grouped by; other members that could be in common are null."""

    count: int = Field(description="The number of jobs, exactly, of the moment of the request.")
    oldest_queued: datetime | None = Field(
        description="When the one of them was queued that has waited in the queue for longest."
    )
    status: JobStatus | None = Field(description="The status.")
    job_type_id: int | None = Field(description="The job type.")
    job_type_name: str | None = Field(description="The name of the job type; said with `job_type_id`, too.")
    job_type_version: str | None = Field(description="The version of the job type; said with `job_type_id`.")
    error_id: int | None = Field(description="The error; null of jobs without one.")
    error_name: str | None = Field(description="The name of the error; said with `error_id`, too.")
    error_category: ErrorCategory | None = Field(description="The category of the error; said with `error_id`, too.")
    is_superseded: bool | None = Field(description="Whether the jobs were superseded.")
    executions: int = Field(description=f"How many executions `waiting` and `running` are of: {SAMPLE}.")
    waiting: Percentiles = Field(description=f"How long they waited in the queue before they started: {SAMPLE}.")
    running: Percentiles = Field(description=f"How long they ran: {SAMPLE}.")


class JobGroupPage(PageOf[JobGroup]):
    """A page of groups of jobs."""


class HistogramBar(ApiModel):
    """The jobs whose last change was in an interval."""

    started: datetime = Field(description="The first moment of the interval, as the filter `started` takes it.")
    ended: datetime = Field(description="The last moment of the interval, as the filter `ended` takes it.")
    count: int = Field(description="The number of jobs, exactly: that of the list between these moments.")
    counts: dict[str, int] = Field(
        description="The same by the value of `split`, as far as there are jobs; those without an error are under the empty name."
    )


class JobHistogram(ApiModel):
    """The numbers of jobs over time."""

    interval: Interval = Field(description="How long an interval is.")
    split: Split | None = Field(description="What the numbers are told apart by.")
    results: list[HistogramBar] = Field(description="All intervals of the time, the earliest first, empty ones included.")
