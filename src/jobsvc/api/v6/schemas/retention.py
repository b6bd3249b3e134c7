"""How long jobs are kept, holds, and purges (docs/guide/retention.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BeforeValidator, Field

from jobsvc.api.body import StrictRequestBody
from jobsvc.api.fields import Bool, Text, flat, read_int
from jobsvc.api.models import ApiModel, Computed, Source
from jobsvc.api.v6.schemas.bulk import JobTypeName
from jobsvc.api.v6.schemas.common import JobTypeBase
from jobsvc.domain.records import JobTypeRef
from jobsvc.domain.retention import MAX_DAYS, PurgePreview
from jobsvc.domain.retention import PurgeCount as CountRecord

Days = Annotated[int, Field(ge=0, le=MAX_DAYS), BeforeValidator(read_int)]
MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class CountOfType:
    """What would be removed of a job type."""

    job_type: JobTypeRef
    count: CountRecord


def _by_job_type(record: PurgePreview) -> Sequence[CountOfType]:
    return [CountOfType(record.job_types[count.job_type_id], count) for count in record.counts]


class RetentionDays(ApiModel):
    """For how many days what is kept; 0 is for ever."""

    job_days: int = Field(description="Days after which jobs go that have ended.")
    failed_job_days: int = Field(description="The same for failed jobs.")
    product_days: int = Field(
        description="Days for which a job with products is kept at least, and they go with it; 0: they stay."
    )
    log_days: int = Field(description="Days after the end of an execution when its lines go; 0: with its job.")


class JobTypeRetention(ApiModel, columns="policy"):
    """How long the jobs of a type are kept: what it says itself, and what holds."""

    job_days: int | None = Field(description="Days after which jobs go that have ended; 0: never, null: as the settings say.")
    failed_job_days: int | None = Field(description="The same for failed jobs; null: as the settings say, or like the others.")
    product_days: int | None = Field(description="Days for which products are kept; 0: for ever, null: as the settings say.")
    log_days: int | None = Field(description="Days for which lines are kept; 0: as long as jobs, null: as the settings say.")
    is_held: bool = Field(description="Whether nothing of this type goes, whatever the days are.")
    effective: Annotated[RetentionDays, Source("days")] = Field(description="What holds.")


class JobTypeRetentionChange(StrictRequestBody):
    """How long the jobs of a type are kept; what is not said is as the settings say."""

    job_days: Days | None = Field(None, description="Days after which jobs go that have ended; 0: never.")
    failed_job_days: Days | None = Field(None, description="The same for failed jobs.")
    product_days: Days | None = Field(None, description="Days for which products are kept; 0: for ever.")
    log_days: Days | None = Field(None, description="Days for which lines are kept; 0: as long as jobs.")
    is_held: Bool | None = Field(None, description="Keep everything of this type, whatever the days are.")


class JobHold(ApiModel):
    """That a job is never purged."""

    job_id: int = Field(description="The job.")
    reason: str | None = Field(description="Why it is held.")
    held_by: str | None = Field(description="Who said so.")
    created: datetime = Field(description="Since when.")


class JobHoldChange(StrictRequestBody):
    """A hold."""

    reason: Annotated[Text, Field(max_length=MAX_REASON)] | None = Field(None, description="Why the job is held.")


class PurgeCount(ApiModel, columns="count"):
    """What would be removed of a job type."""

    job_type: Annotated[JobTypeBase, Source("job_type")] = Field(description="The job type.")
    jobs: int = Field(description="Jobs.")
    executions: int = Field(description="Their executions.")
    files: int = Field(description="Products that go with them.")
    log_lines: int = Field(description="Lines that their executions have logged, as far as that is known; some may be gone.")


class RetentionPreview(ApiModel):
    """What the next run would remove, if it came now."""

    jobs: int = Field(description="Jobs.")
    executions: int = Field(description="Their executions.")
    files: int = Field(description="Products that go with them.")
    log_lines: int = Field(description="Lines that their executions have logged, as far as that is known; some may be gone.")
    is_cut: bool = Field(description="Whether there is more: at most 100,001 jobs are counted.")
    by_job_type: Annotated[list[PurgeCount], Computed(_by_job_type)] = Field(description="The same by job type.")


class PurgeJobs(StrictRequestBody):
    """A purge now."""

    job_types: Annotated[list[JobTypeName], BeforeValidator(flat)] | None = Field(
        None, description="Only jobs of these job types."
    )
    dry_run: Bool | None = Field(None, description="Only report what would be removed.")
