"""Job types (docs/spec/behaviour/keys-v3.md#objects)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ApiModel, Computed, Document, PageOf, always
from jobsvc.api.v3.schemas.common import ErrorDetails, JobTypeDetails
from jobsvc.domain.operation_records import StatusCount as CountRecord
from jobsvc.domain.status import ErrorCategory, JobStatus
from jobsvc.domain.v3.records import V3JobTypeDetails


def _counts(hours: int) -> Computed:
    """The jobs of so many hours."""

    def of(details: V3JobTypeDetails) -> list[CountRecord]:
        return details.counts[hours]

    return Computed(of)


def _error_mapping(details: V3JobTypeDetails) -> Document:
    return {"version": "1.0", "exit_codes": details.exit_codes}


class StatusCount(ApiModel):
    """How many jobs have a status."""

    status: JobStatus = Field(description="The status; final ones count only within the hours that the key names.")
    count: int = Field(description="The number of jobs.")
    most_recent: datetime | None = Field(description="When the last of them got the status.")
    category: ErrorCategory | None = Field(description="Of failed jobs the category of their errors.")


class JobTypeWithInterface(JobTypeDetails, inherited="job_type"):
    """A job type with all that belongs to it."""

    interface: Document = Field(description="The interface of the job type (Job Interface Specification Version 1.0).")
    error_mapping: Annotated[Document, Computed(_error_mapping)] = Field(description="The names of errors by exit code.")
    errors: list[ErrorDetails] = Field(description="The errors that jobs of the type declare.")
    trigger_rule: Annotated[Document | None, always(None)] = Field(
        description="The rule that makes jobs of the type; there is none."
    )
    job_counts_6h: Annotated[list[StatusCount], _counts(6)] = Field(description="The jobs of the last 6 hours by status.")
    job_counts_12h: Annotated[list[StatusCount], _counts(12)] = Field(description="The jobs of the last 12 hours by status.")
    job_counts_24h: Annotated[list[StatusCount], _counts(24)] = Field(description="The jobs of the last 24 hours by status.")


class JobTypePage(PageOf[JobTypeDetails]):
    """A page of job types."""
