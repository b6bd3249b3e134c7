"""What is queued (docs/spec/behaviour/cancel-and-requeue.md#requeue and docs/spec/behaviour/siblings.md)."""

from typing import ClassVar

from pydantic import Field

from jobsvc.api.body import RequestBody
from jobsvc.api.criteria import selection_of
from jobsvc.api.fields import Int, Judged, PriorityOrZero
from jobsvc.api.v3.filters import BULK, REQUEUE
from jobsvc.domain.filters import JobFilter


class NewJobRequest(RequestBody):
    """The definition of a new job."""

    reads_query: ClassVar[bool] = True

    job_type_id: Int = Field(description="The ID of the job type for the new job.")
    job_data: Judged | None = Field(None, description="The data to run the job on (Job Data Specification Version 1.0).")


class BulkRequest(selection_of(JobFilter, BULK)):  # type: ignore[misc]
    """Which jobs to cancel, or to queue again."""

    judges_query: ClassVar[bool] = False

    priority: PriorityOrZero | None = Field(
        None, description="The priority in the queue, when jobs are queued again; that of the job when absent or 0."
    )


class RequeueRequest(selection_of(JobFilter, REQUEUE)):  # type: ignore[misc]
    """Which FAILED and CANCELED jobs to queue again."""

    judges_query: ClassVar[bool] = False

    priority: PriorityOrZero | None = Field(None, description="The priority in the queue; that of the job when absent or 0.")
