"""How long a job waits before it is tried again by itself: what failed it may need a while to pass, as a disk without room.

Users who requeue a job do not wait.
"""

from datetime import timedelta

from jobsvc.domain.jobs import JobState
from jobsvc.domain.outcome import Failed, Lost, Outcome
from jobsvc.domain.status import ErrorCategory

CAP = timedelta(minutes=15)
JITTER = 0.25
"""How much longer a wait may become by chance, so that jobs that failed together do not come back together."""


def retry_delay(job: JobState, outcome: Outcome, category: str | None, first: timedelta, chance: float) -> timedelta:
    """The wait before the next try: `first` after the first failed one, then twice as long each time, up to 15 minutes.

    Only for errors of the system, and for jobs that are started again whatever ended them, which always wait as at
    first. A lost node is no reason to wait at first: its lease was waited for. `chance` is from 0 to 1.
    """
    if not isinstance(outcome, Failed | Lost) or not (job.is_endless or category == ErrorCategory.SYSTEM):
        return timedelta(0)
    doublings = tries_over(job) - (2 if isinstance(outcome, Lost) else 1)
    if doublings < 0:
        return timedelta(0)
    wait = min(first * (1 << min(doublings, 30)), max(first, CAP))
    return wait * (1 + JITTER * chance)


def is_tried_by_default(job: JobState, *, should_be_retried: bool) -> bool:
    """Whether a failed job is tried again when no policy says anything (docs/spec/behaviour/status.md#retry)."""
    return job.is_endless or (should_be_retried and job.num_exes < job.max_tries)


def tries_over(job: JobState) -> int:
    """How many tries are over since the job was queued or requeued last, the one that has just ended included."""
    if job.is_endless:
        return 1
    return min(job.num_exes, max(1, job.type_max_tries - (job.max_tries - job.num_exes)))
