"""The only place that knows which status follows which.

See docs/spec/behaviour/cancel-and-requeue.md and docs/spec/behaviour/status.md.

Each function takes a job's facts and returns a change or a rejection; the database carries changes out.
"""

from dataclasses import dataclass

from jobsvc.domain.jobs import JobState
from jobsvc.domain.retries import is_tried_by_default
from jobsvc.domain.status import CANCELABLE, REQUEUEABLE, JobStatus


@dataclass(frozen=True, slots=True)
class TransitionRejected:
    """The job stays as it is."""

    job_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """The job becomes CANCELED; its waiting attempt is closed, its running one is asked to stop."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Enqueue:
    """The job becomes QUEUED as attempt `exe_num`, allowed `max_tries` attempts in all.

    `needs` is what a retry policy, or the one before, gave to this attempt; None: what its type says.
    """

    job_id: int
    exe_num: int
    max_tries: int
    needs: "RetryNeeds | None" = None


@dataclass(frozen=True, slots=True)
class RetryNeeds:
    """At least so many MiB of memory, so many seconds (None: no limit), and another node than this one."""

    memory: float
    timeout: int | None
    avoided_node: int | None = None


@dataclass(frozen=True, slots=True)
class Uncancel:
    """The job, canceled before it was ever queued, becomes PENDING again."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Close:
    """The job takes the final status of its execution."""

    job_id: int
    status: JobStatus


@dataclass(frozen=True, slots=True)
class Leave:
    """The execution's end means nothing to the job: it was canceled or sent back to the queue meanwhile."""

    job_id: int


def cancel(job: JobState) -> Cancel | TransitionRejected:
    """Cancel whatever is neither completed nor canceled, failed jobs included."""
    if job.status in CANCELABLE:
        return Cancel(job.id)
    return TransitionRejected(job.id, f"The job is {job.status}.")


def requeue(job: JobState) -> Enqueue | Uncancel | TransitionRejected:
    """Send a failed or canceled job back to the queue with as many new tries as its type allows."""
    if job.status not in REQUEUEABLE:
        return TransitionRejected(job.id, f"The job is {job.status}; only FAILED and CANCELED jobs can be requeued.")
    if job.num_exes == 0:
        return Uncancel(job.id)
    if job.is_superseded:
        return TransitionRejected(job.id, "The job is superseded.")
    if not job.has_input:
        return TransitionRejected(job.id, "The job has no input.")
    return Enqueue(job.id, job.num_exes + 1, job.num_exes + job.type_max_tries)


def enqueue(job: JobState) -> Enqueue | TransitionRejected:
    """Queue a job for the first time once it has its input."""
    if job.status not in {JobStatus.PENDING, JobStatus.BLOCKED} or job.num_exes or not job.has_input or job.is_superseded:
        return TransitionRejected(job.id, "The job does not wait for its first attempt.")
    return Enqueue(job.id, 1, job.max_tries)


def complete(job: JobState, exe_num: int) -> Close | Leave:
    """End a job whose attempt succeeded."""
    return Close(job.id, JobStatus.COMPLETED) if _is_current(job, exe_num) else Leave(job.id)


def fail(job: JobState, exe_num: int, *, should_be_retried: bool, is_retried: bool | None = None) -> Close | Enqueue | Leave:
    """End a job whose attempt failed, or queue its next attempt when the error allows one and tries are left.

    `is_retried` is what the job type's retry policy has decided; None without one.
    """
    if not _is_current(job, exe_num):
        return Leave(job.id)
    is_retried = is_tried_by_default(job, should_be_retried=should_be_retried) if is_retried is None else is_retried
    if is_retried and not job.is_superseded:
        return Enqueue(job.id, job.num_exes + 1, job.max_tries)
    return Close(job.id, JobStatus.FAILED)


def hand_back(job: JobState, exe_num: int) -> Enqueue | Close | Leave:
    """Queue a job again whose worker had to stop; the attempt does not count against `max_tries`."""
    if not _is_current(job, exe_num):
        return Leave(job.id)
    if job.is_superseded:
        return Close(job.id, JobStatus.CANCELED)
    return Enqueue(job.id, job.num_exes + 1, job.max_tries + 1)


def stopped(job: JobState, exe_num: int) -> Close | Leave:
    """End a job whose attempt was canceled (the job as a rule is CANCELED already)."""
    return Close(job.id, JobStatus.CANCELED) if _is_current(job, exe_num) else Leave(job.id)


def _is_current(job: JobState, exe_num: int) -> bool:
    return job.num_exes == exe_num and job.status in {JobStatus.QUEUED, JobStatus.RUNNING}
