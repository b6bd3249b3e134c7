"""What is queued (docs/spec/behaviour/cancel-and-requeue.md#requeue and docs/spec/behaviour/siblings.md)."""

from pydantic import Field

from jobsvc.api.models import ApiModel, Document


class NewJobRequest(ApiModel):
    """The definition of a new job."""

    job_type_id: int = Field(description="The ID of the job type for the new job.")
    job_data: Document | None = Field(None, description="The data to run the job on (Job Data Specification Version 1.0).")


class BulkRequest(ApiModel):
    """Which jobs to cancel, or to queue again."""

    started: str | None = Field(None, description="The start of the time range to query (of `last_modified`).")
    ended: str | None = Field(None, description="End of the time range to query (of `last_modified`).")
    status: str | None = Field(None, description="Only jobs with a status matching this string.")
    job_ids: list[int] | None = Field(None, description="Only jobs with a given identifier.")
    job_type_ids: list[int] | None = Field(None, description="Only jobs with a given job type identifier.")
    error_categories: list[str] | None = Field(None, description="Only jobs that failed due to an error of a given category.")
    error_ids: list[int] | None = Field(None, description="Only jobs that failed with a given error.")
    priority: int | None = Field(None, ge=1, description="The priority in the queue, when jobs are queued again.")


class RequeueRequest(ApiModel):
    """Which FAILED and CANCELED jobs to queue again."""

    started: str | None = Field(None, description="The start of the time range to query (of `last_modified`).")
    ended: str | None = Field(None, description="End of the time range to query (of `last_modified`).")
    status: str | None = Field(None, description="Only jobs with a status matching this string: FAILED or CANCELED.")
    job_ids: list[int] | None = Field(None, description="Only jobs with a given identifier.")
    job_type_ids: list[int] | None = Field(None, description="Only jobs with a given job type identifier.")
    job_type_names: list[str] | None = Field(None, description="Only jobs with a given job type name.")
    job_type_categories: list[str] | None = Field(None, description="Only jobs with a given job type category.")
    error_categories: list[str] | None = Field(None, description="Only jobs that failed due to an error of a given category.")
    priority: int | None = Field(None, ge=1, description="The priority in the queue; that of the job when absent.")
