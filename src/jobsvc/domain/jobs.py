"""What the service knows of a job when it decides what may happen to it."""

from dataclasses import dataclass

from jobsvc.domain.status import JobStatus


@dataclass(frozen=True, slots=True)
class JobState:
    """The facts that transitions look at, read under the job's lock.

    `num_exes` counts attempts that were queued, `type_max_tries` is what the job type allows, `is_endless` says that
    the type runs for ever and is started again after every failure.
    """

    id: int
    status: JobStatus
    num_exes: int
    max_tries: int
    type_max_tries: int
    has_input: bool
    is_superseded: bool
    is_endless: bool = False
