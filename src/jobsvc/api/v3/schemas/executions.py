"""Job executions (docs/spec/services/README.md#v3)."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from jobsvc.api.models import ApiModel, Computed, Document, PageOf, Source
from jobsvc.api.v3.schemas.common import ErrorBase, ErrorDetails, Ref
from jobsvc.api.v3.schemas.jobs import Job, JobShort


class ExecutionBase(ApiModel):
    """What all shapes of an execution share."""

    id: int = Field(description="The unique identifier of the model. Can be passed to the details API call.")
    status: str = Field(description="The status of the job execution: QUEUED, RUNNING, FAILED, COMPLETED or CANCELED.")
    command_arguments: str = Field(description="The argument string to execute on the command line for this job execution.")
    timeout: int | None = Field(description="The maximum amount of time this job can run before being killed (in seconds).")
    pre_started: datetime | None = Field(description="When the pre-job steps were started on a node.")
    pre_completed: datetime | None = Field(description="When the pre-job steps were completed on a node.")
    pre_exit_code: int | None = Field(description="The exit code of the pre-steps job process for this job execution.")
    job_started: datetime | None = Field(description="When the actual job started running on a node.")
    job_completed: datetime | None = Field(description="When the actual job completed running on a node.")
    job_exit_code: int | None = Field(description="The exit code of the main job process for this job execution.")
    post_started: datetime | None = Field(description="When the post-job steps were started on a node.")
    post_completed: datetime | None = Field(description="When the post-job steps were completed on a node.")
    post_exit_code: int | None = Field(description="The exit code of the post-steps job process for this job execution.")
    created: datetime = Field(description="When the associated database model was initially created.")
    queued: datetime = Field(description="When the job was added to the queue for this run and went to QUEUED status.")
    started: datetime | None = Field(description="When the job was scheduled and went to RUNNING status.")
    ended: datetime | None = Field(description="When the job execution ended. (FAILED, COMPLETED, or CANCELED)")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class ExecutionOfJob(ExecutionBase):
    """An execution as a job shows it."""

    job: Annotated[Ref, Source("job_id")] = Field(description="The job that is associated with the execution.")
    node: Annotated[Ref | None, Source("node_id")] = Field(description="The node that ran the execution.")
    error: Annotated[Ref | None, Source("error_id")] = Field(description="The last error that was recorded for the execution.")


class Node(ApiModel):
    """The host that ran something."""

    id: int = Field(description="The unique identifier of the model.")
    hostname: str = Field(description="The full domain-qualified hostname of the node.")
    port: int = Field(description="The port on which the node is reached.")
    slave_id: str = Field(description="The identifier of the node within its cluster.")


class NodeDetails(Node):
    """The same with its state."""

    pause_reason: str | None = Field(description="Why the node is paused.")
    is_paused: bool = Field(description="Whether the node is paused.")
    is_paused_errors: bool = Field(description="Whether it is paused because too much failed on it.")
    is_active: bool = Field(description="Whether the node is active.")
    archived: datetime | None = Field(description="When the node was archived.")
    created: datetime = Field(description="When the associated database model was initially created.")
    last_offer: datetime | None = Field(description="When the node last offered resources.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class Execution(ExecutionBase, inherited="execution"):
    """An execution as the list shows it."""

    job: JobShort = Field(description="The job that is associated with the execution.")
    node: Node | None = Field(description="The node that ran the execution.")
    error: ErrorBase | None = Field(description="The last error that was recorded for the execution.")


class ExecutionDetails(ExecutionBase, inherited="execution"):
    """A single execution."""

    job: Job = Field(description="The job that is associated with the execution.")
    node: NodeDetails | None = Field(description="The node that ran the execution.")
    error: ErrorDetails | None = Field(description="The last error that was recorded for the execution.")
    environment: Document = Field(description="An interface description for the environment the job execution executed in.")
    cpus_scheduled: Annotated[float | None, Source("scheduled.cpus_scheduled")] = Field(
        description="The number of CPUs scheduled for the execution."
    )
    mem_scheduled: Annotated[float | None, Source("scheduled.mem_scheduled")] = Field(
        description="The amount of RAM in MiB scheduled for the execution."
    )
    disk_in_scheduled: Annotated[float | None, Source("scheduled.disk_in_scheduled")] = Field(
        description="The amount of disk space in MiB scheduled for input files."
    )
    disk_out_scheduled: Annotated[float | None, Source("scheduled.disk_out_scheduled")] = Field(
        description="The amount of disk space in MiB scheduled for output files."
    )
    disk_total_scheduled: Annotated[float | None, Source("scheduled.disk_total_scheduled")] = Field(
        description="The total amount of disk space in MiB scheduled."
    )
    results: Document | None = Field(description="An interface description for all the possible job results meta-data.")
    results_manifest: Document | None = Field(description="An interface description for all the actual job results meta-data.")


class ExecutionHead(Execution):
    """An execution before all that it has written."""

    is_finished: Annotated[bool, Computed(lambda item: item.execution.ended is not None)] = Field(
        description="Whether the execution has ended."
    )


class ExecutionLogs(ExecutionHead):
    """An execution with all that it has written so far: both logs are streamed behind the rest."""

    stdout: str | None = Field(description="Contents of stdout.")
    stderr: str | None = Field(description="Contents of stderr.")


class ExecutionPage(PageOf[Execution]):
    """A page of executions."""
