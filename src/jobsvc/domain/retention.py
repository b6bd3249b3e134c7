"""How long jobs are kept that have ended: what their job type says, and what holds where it says nothing.

Days are whole numbers; 0 means for ever. A job is as old as its last change of status.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from jobsvc.domain.records import Document, JobTypeRef
from jobsvc.domain.writes import Update

FOR_EVER = 0
MAX_DAYS = 36_500
PURGEABLE = ("COMPLETED", "FAILED", "CANCELED")
"""The final statuses."""


class RetentionPolicy(Update):
    """What a job type says of its jobs, in days; None: nothing, so that the installation's settings hold."""

    job_days: int | None = None
    failed_job_days: int | None = None
    product_days: int | None = None
    log_days: int | None = None
    is_held: bool = False


class RetentionDays(NamedTuple):
    """What holds for a job type, in days.

    Products go together with their job, which waits for them; when they are kept for ever, they stay without it. Lines go when
    their execution ended so long ago, and with their job at the latest.
    """

    job_days: int
    failed_job_days: int
    product_days: int
    log_days: int


@dataclass(frozen=True)
class RetentionDefaults:
    """What holds for job types that say nothing; failed jobs are kept as long as the others, unless something else is said."""

    job_days: int = 365
    failed_job_days: int | None = None
    product_days: int = FOR_EVER
    log_days: int = 90

    def of(self, policy: RetentionPolicy) -> RetentionDays:
        """What holds for a job type."""
        jobs = self.job_days if policy.job_days is None else policy.job_days
        failed = self.failed_job_days if policy.failed_job_days is None else policy.failed_job_days
        products = self.product_days if policy.product_days is None else policy.product_days
        lines = self.log_days if policy.log_days is None else policy.log_days
        return RetentionDays(jobs, jobs if failed is None else failed, products, lines)


class PurgeBounds(NamedTuple):
    """Of a job type: jobs whose last change of status was before these times may go; None: none of them.

    With `products_before` the products of a job go with it, and it has to be older than that.
    """

    job_type_id: int
    jobs_before: datetime | None
    failed_before: datetime | None
    products_before: datetime | None


def bounds_of(job_type_id: int, days: RetentionDays, now: datetime) -> PurgeBounds:
    """What may go of a job type at a time."""
    jobs, failed, products = (_before(number, now) for number in (days.job_days, days.failed_job_days, days.product_days))
    return PurgeBounds(job_type_id, jobs, failed, products)


def lines_before(policy: RetentionPolicy, days: RetentionDays, now: datetime) -> datetime | None:
    """When an execution of a job type ended whose lines may go by now; None: they stay."""
    return None if policy.is_held else _before(days.log_days, now)


def _before(days: int, now: datetime) -> datetime | None:
    return None if days == FOR_EVER else now - timedelta(days=days)


class JobHold(NamedTuple):
    """That a job is never purged; `held_by` is who said so."""

    job_id: int
    reason: str | None
    held_by: str | None
    created: datetime


class DoomedFile(NamedTuple):
    """A product that is being purged; `configuration` is that of its workspace."""

    id: int
    configuration: Document
    file_path: str
    is_deleted: bool


class PurgeLook(NamedTuple):
    """The next jobs that may go, up to which one was looked (None: there was none), and whether nothing comes behind it."""

    ids: list[int]
    last_job_id: int | None
    is_last: bool


class PurgeCount(NamedTuple):
    """What a purge would remove of a job type; `log_lines` as far as workers have counted them."""

    job_type_id: int
    jobs: int
    executions: int
    files: int
    log_lines: int


@dataclass(frozen=True, slots=True)
class TypeRetention:
    """What a job type says, and what holds for it."""

    policy: RetentionPolicy
    days: RetentionDays


@dataclass(frozen=True, slots=True)
class PurgePreview:
    """What the next run would remove; with `is_cut` there is more, which was not counted."""

    counts: list[PurgeCount]
    job_types: Mapping[int, JobTypeRef]
    is_cut: bool

    @property
    def jobs(self) -> int:
        """Jobs of all types."""
        return sum(count.jobs for count in self.counts)

    @property
    def executions(self) -> int:
        """Their executions."""
        return sum(count.executions for count in self.counts)

    @property
    def files(self) -> int:
        """Products that would go with them."""
        return sum(count.files for count in self.counts)

    @property
    def log_lines(self) -> int:
        """Lines that their executions have logged."""
        return sum(count.log_lines for count in self.counts)
