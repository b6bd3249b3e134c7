"""Jobs as lists show them (docs/spec/services/README.md#v3)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ITSELF, ApiModel, PageOf, Source
from jobsvc.api.v3.schemas.common import ErrorBase, Event, EventDetails, JobTypeBase, JobTypeRev, Ref
from jobsvc.api.v3.schemas.files import ScaleFile


class JobShort(ApiModel):
    """A job as its executions, its successor and its predecessors show it."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: JobTypeBase = Field(description="The job type that is associated with the job.")
    job_type_rev: Annotated[Ref, Source("revision_id")] = Field(
        description="The job type revision that is associated with the job."
    )
    event: Annotated[Ref | None, Source("event_id")] = Field(description="The trigger event that is associated with the job.")
    error: Annotated[Ref | None, Source("error_id")] = Field(description="The error that is associated with the job.")
    status: str = Field(description="The current status of the job.")
    priority: int = Field(description="The priority of the job.")
    num_exes: int = Field(description="The number of executions this job has had.")


class JobBase(ApiModel, columns="job"):
    """What lists and details of jobs share; what both show in forms of their own keeps its place here."""

    id: int = Field(description="The unique identifier of the model. Can be passed to the details API call.")
    job_type: JobTypeBase = Field(description="The job type that is associated with the job.")
    job_type_rev: JobTypeRev
    event: Event | EventDetails | None
    error: ErrorBase | None
    status: str = Field(
        description="The current status of the job: PENDING, BLOCKED, QUEUED, RUNNING, FAILED, COMPLETED or CANCELED."
    )
    priority: Annotated[int, Source("more.priority")] = Field(description="The priority of the job.")
    num_exes: int = Field(description="The number of executions this job has had.")
    timeout: Annotated[int | None, Source("more.timeout")] = Field(
        description="The maximum amount of time this job can run before being killed (in seconds)."
    )
    max_tries: int = Field(description="The maximum number of times to attempt this job when failed (minimum one).")
    cpus_required: Annotated[float, Source("more.cpus_required")] = Field(
        description="The number of CPUs needed for a job of this type."
    )
    mem_required: Annotated[float, Source("more.mem_required")] = Field(
        description="The amount of RAM in MiB needed for a job of this type."
    )
    disk_in_required: Annotated[float, Source("more.disk_in_required")] = Field(
        description="The amount of disk space in MiB required for input files for this job."
    )
    disk_out_required: Annotated[float, Source("more.disk_out_required")] = Field(
        description="The amount of disk space in MiB required for output files for this job."
    )
    is_superseded: bool = Field(description="Whether this job has been replaced and is now obsolete.")
    root_superseded_job: Ref | JobShort | None
    superseded_job: Ref | JobShort | None
    superseded_by_job: Ref | JobShort | None
    delete_superseded: Annotated[bool, Source("more.delete_superseded")] = Field(
        description="Whether the products of the previous job should be deleted when superseded."
    )
    created: datetime = Field(description="When the associated database model was initially created.")
    queued: datetime | None = Field(description="When the job was added to the queue to be run when resources are available.")
    started: datetime | None = Field(description="When the job started running.")
    ended: datetime | None = Field(description="When the job stopped running, which could be due to success or failure.")
    last_status_change: datetime | None = Field(description="When the status of the job was last changed.")
    superseded: datetime | None = Field(description="When the the job became superseded by another job.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class Job(JobBase):
    """A job as the list shows it."""

    job_type_rev: Annotated[JobTypeRev, ITSELF] = Field(
        description="The job type revision: the definition at the time the job was scheduled."
    )
    event: Event | None = Field(description="The trigger event that is associated with the job.")
    error: ErrorBase | None = Field(description="The error that is associated with the job.")
    root_superseded_job: Annotated[Ref | None, Source("more.root_superseded_job_id")] = Field(
        description="The first job in the current chain of superseded jobs."
    )
    superseded_job: Annotated[Ref | None, Source("job.superseded_job_id")] = Field(
        description="The previous job in the chain that was superseded by this job."
    )
    superseded_by_job: Annotated[Ref | None, Source("more.superseded_by_job_id")] = Field(
        description="The next job in the chain that superseded this job."
    )


class JobWithFiles(Job, inherited="item"):
    """A job with the files that it reads."""

    input_files: list[ScaleFile] = Field(description="A list of files that the job used as input.")


class JobPage(PageOf[Job]):
    """A page of jobs."""


class JobWithFilesPage(PageOf[JobWithFiles]):
    """A page of jobs with the files that they read."""
