"""How long jobs are kept, as the client returns it (see `jobsvc.client.models`)."""

from typing import TypedDict

from jobsvc.client.models import JobType


class RetentionDays(TypedDict):
    """For how many days what is kept; 0 is for ever."""

    job_days: int
    failed_job_days: int
    product_days: int
    log_days: int


class RetentionChange(TypedDict, total=False):
    """What a job type says of how long its jobs are kept, in days; None: as the settings of the service say, 0: for ever."""

    job_days: int | None
    failed_job_days: int | None
    product_days: int | None
    log_days: int | None
    is_held: bool


class JobTypeRetention(TypedDict):
    """What a job type says of how long its jobs are kept, and what is in force."""

    job_days: int | None
    failed_job_days: int | None
    product_days: int | None
    log_days: int | None
    is_held: bool
    effective: RetentionDays


class JobHold(TypedDict):
    """That a job is never purged."""

    job_id: int
    reason: str | None
    held_by: str | None
    created: str


class PurgeCount(TypedDict):
    """What a purge would remove of a job type."""

    job_type: JobType
    jobs: int
    executions: int
    files: int
    log_lines: int


class PurgePreview(TypedDict):
    """What a purge would remove now; with `is_cut` there is more than was counted."""

    jobs: int
    executions: int
    files: int
    log_lines: int
    is_cut: bool
    by_job_type: list[PurgeCount]
