"""Closed sets of words: statuses, categories, kinds.

See docs/spec/behaviour/README.md calls them columns; the wire spells them the same.
"""

from enum import StrEnum


class JobStatus(StrEnum):
    """Status of a job."""

    PENDING = "PENDING"
    BLOCKED = "BLOCKED"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class ExecutionStatus(StrEnum):
    """Status of one execution of a job; queued executions are rows of the queue."""

    RUNNING = "RUNNING"
    FAILED = "FAILED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class ErrorCategory(StrEnum):
    """The cause of an error: the system, the input data or the algorithm."""

    SYSTEM = "SYSTEM"
    DATA = "DATA"
    ALGORITHM = "ALGORITHM"


class Stream(StrEnum):
    """Which of its two outputs a job wrote a line to."""

    STDOUT = "stdout"
    STDERR = "stderr"


class BulkKind(StrEnum):
    """What a bulk operation does to the jobs that it selects."""

    CANCEL = "CANCEL"
    REQUEUE = "REQUEUE"
    PURGE = "PURGE"


class BulkState(StrEnum):
    """The progress of a bulk operation."""

    ACCEPTED = "ACCEPTED"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    STOPPED = "STOPPED"


class QueueMode(StrEnum):
    """Which of two jobs of equal priority is claimed first."""

    FIFO = "FIFO"
    LIFO = "LIFO"


CANCELABLE = frozenset(JobStatus) - {JobStatus.COMPLETED, JobStatus.CANCELED}
REQUEUEABLE = frozenset({JobStatus.FAILED, JobStatus.CANCELED})
WITH_EXECUTION = frozenset({JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.FAILED, JobStatus.COMPLETED})
"""The statuses in which a job's details show its latest execution (docs/spec/behaviour/job-details.md#details)."""
