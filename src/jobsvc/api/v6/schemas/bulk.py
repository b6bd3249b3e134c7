"""Cancel and requeue requests (docs/spec/services/README.md#v6), and the operations that they start."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, NamedTuple

from pydantic import BeforeValidator, Field

from jobsvc.api.criteria import selection_of
from jobsvc.api.fields import Bool, Count, Priority, Text, flat
from jobsvc.api.models import ApiModel, Computed, Document, PageOf, Source
from jobsvc.api.v6.filters import JOB_BULK
from jobsvc.api.v6.schemas.common import JobTypeBase
from jobsvc.api.v6.schemas.jobs import Job
from jobsvc.domain import bulk as records
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.records import JobTypeRef
from jobsvc.domain.status import BulkKind, BulkState
from jobsvc.services.bulk import BulkPreview as PreviewRecord


class JobTypeName(ApiModel):
    """A job type by its name and version."""

    name: Text = Field(description="The stable name of the job type.")
    version: Text = Field(description="The version of the job type.")


class CancelJobs(selection_of(JobFilter, JOB_BULK)):  # type: ignore[misc]
    """Which jobs to cancel: members are AND-ed, values of a member OR-ed; no member selects every job."""

    # A typo that is null is a typo all the same.
    keeps_null: ClassVar[bool] = True
    tolerated: ClassVar[frozenset[str]] = frozenset({"url", "format"})
    further: ClassVar[frozenset[str]] = frozenset({"job_types"})

    job_types: Annotated[list[JobTypeName], BeforeValidator(flat)] | None = Field(
        None, description="Only jobs with these job types, by name and version."
    )
    dry_run: Bool | None = Field(None, description="Only report what would be done.")
    expected_count: Count | None = Field(None, description="Refuse (409) when the filter selects another number of jobs.")


class RequeueJobs(CancelJobs):
    """Which jobs to requeue, and how."""

    priority: Priority | None = Field(None, description="New priority; a lower number is a higher priority.")


class WatchedOperation(NamedTuple):
    """An operation, and the moment at which somebody looks at it."""

    operation: records.BulkOperation
    now: datetime

    @property
    def rate(self) -> float | None:
        """Jobs a second."""
        return self.operation.rate(self.now)

    @property
    def expected_end(self) -> datetime | None:
        """When it will be done."""
        return self.operation.expected_end(self.now)


@dataclass(frozen=True, slots=True)
class CountedJobs:
    """How many jobs of a type there are."""

    job_type: JobTypeRef
    count: int


def _criteria(watched: WatchedOperation) -> Document:
    return watched.operation.filter.model_dump(mode="json", exclude_none=True)


def _by_job_type(record: PreviewRecord) -> list[CountedJobs]:
    return [CountedJobs(record.job_types[key], count) for key, count in record.preview.by_job_type.items()]


class BulkOperation(ApiModel, columns="operation"):
    """A cancel or requeue request, or a purge, and its progress."""

    id: int = Field(description="The unique identifier of the model.")
    kind: BulkKind = Field(description="What is done to the jobs. More kinds may come.")
    state: BulkState = Field(description="The state of the operation.")
    filter: Annotated[Document, Computed(_criteria)] = Field(
        description="The criteria that select the jobs, as of when the request was accepted."
    )
    priority: int | None = Field(description="The new priority of requeued jobs; null leaves it as it is.")
    requested_by: str | None = Field(description="The user who sent the request.")
    created: datetime = Field(description="When the request was accepted.")
    started: datetime | None = Field(description="When it started.")
    ended: datetime | None = Field(description="When it was done or stopped.")
    matched: int | None = Field(description="Jobs that the filter selects; null until it has started.")
    processed: int = Field(description="Jobs processed so far.")
    done: int = Field(description="Jobs changed.")
    not_eligible: int = Field(description="Jobs whose status does not allow it.")
    conflict: int = Field(description="Jobs that changed meanwhile.")
    error: int = Field(description="Jobs that could not be changed.")
    rate: Annotated[float | None, Source("rate")] = Field(description="Jobs processed per second; null until it has started.")
    expected_end: Annotated[datetime | None, Source("expected_end")] = Field(
        description="When it will be done at this rate; null when it is done or the time is unknown."
    )


class JobTypeCount(ApiModel):
    """How many jobs of a type a request selects."""

    job_type: JobTypeBase = Field(description="The job type.")
    count: int = Field(description="The number of jobs.")


class BulkPreview(ApiModel, columns="preview"):
    """The effect that a cancel or requeue request would have now."""

    matched: int = Field(description="Jobs that the filter selects.")
    eligible: int = Field(description="Those of them that would be changed.")
    by_status: dict[str, int] = Field(description="The selected jobs by status.")
    by_job_type: Annotated[list[JobTypeCount], Computed(_by_job_type)] = Field(description="The selected jobs by job type.")
    sample: list[Job] = Field(description="The first of the selected jobs.")


class BulkOperationPage(PageOf[BulkOperation]):
    """A page of bulk operations."""
