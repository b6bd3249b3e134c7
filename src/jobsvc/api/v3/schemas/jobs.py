"""Jobs as lists show them (docs/spec/services/README.md#v3)."""

from datetime import datetime

from pydantic import Field

from jobsvc.api.models import ApiModel, PageOf
from jobsvc.api.v3.schemas.common import ErrorBase, Event, JobTypeBase, JobTypeRev, Ref
from jobsvc.api.v3.schemas.files import ScaleFile


class JobBase(ApiModel):
    """What lists and details of jobs share."""

    id: int = Field(description="The unique identifier of the model. Can be passed to the details API call.")
    status: str = Field(
        description="The current status of the job: PENDING, BLOCKED, QUEUED, RUNNING, FAILED, COMPLETED or CANCELED."
    )
    priority: int = Field(description="The priority of the job.")
    num_exes: int = Field(description="The number of executions this job has had.")
    timeout: int | None = Field(description="The maximum amount of time this job can run before being killed (in seconds).")
    max_tries: int = Field(description="The maximum number of times to attempt this job when failed (minimum one).")
    cpus_required: float = Field(description="The number of CPUs needed for a job of this type.")
    mem_required: float = Field(description="The amount of RAM in MiB needed for a job of this type.")
    disk_in_required: float = Field(description="The amount of disk space in MiB required for input files for this job.")
    disk_out_required: float = Field(description="The amount of disk space in MiB required for output files for this job.")
    is_superseded: bool = Field(description="Whether this job has been replaced and is now obsolete.")
    delete_superseded: bool = Field(description="Whether the products of the previous job should be deleted when superseded.")
    created: datetime = Field(description="When the associated database model was initially created.")
    queued: datetime | None = Field(description="When the job was added to the queue to be run when resources are available.")
    started: datetime | None = Field(description="When the job started running.")
    ended: datetime | None = Field(description="When the job stopped running, which could be due to success or failure.")
    last_status_change: datetime | None = Field(description="When the status of the job was last changed.")
    superseded: datetime | None = Field(description="When the the job became superseded by another job.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class Job(JobBase):
    """A job as the list shows it."""

    job_type: JobTypeBase = Field(description="The job type that is associated with the job.")
    job_type_rev: JobTypeRev = Field(description="The job type revision: the definition at the time the job was scheduled.")
    event: Event | None = Field(description="The trigger event that is associated with the job.")
    error: ErrorBase | None = Field(description="The error that is associated with the job.")
    root_superseded_job: Ref | None = Field(description="The first job in the current chain of superseded jobs.")
    superseded_job: Ref | None = Field(description="The previous job in the chain that was superseded by this job.")
    superseded_by_job: Ref | None = Field(description="The next job in the chain that superseded this job.")


class JobShort(ApiModel):
    """A job as its executions, its successor and its predecessors show it."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: JobTypeBase = Field(description="The job type that is associated with the job.")
    job_type_rev: Ref = Field(description="The job type revision that is associated with the job.")
    event: Ref | None = Field(description="The trigger event that is associated with the job.")
    error: Ref | None = Field(description="The error that is associated with the job.")
    status: str = Field(description="The current status of the job.")
    priority: int = Field(description="The priority of the job.")
    num_exes: int = Field(description="The number of executions this job has had.")


class JobWithFiles(Job):
    """A job with the files that it reads."""

    input_files: list[ScaleFile] = Field(description="A list of files that the job used as input.")


class JobPage(PageOf[Job]):
    """A page of jobs."""


class JobWithFilesPage(PageOf[JobWithFiles]):
    """A page of jobs with the files that they read."""
