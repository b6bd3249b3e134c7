"""Jobs and their executions.

See docs/spec/services/README.md#v6: Job List, Job Details, Job Executions List, Job Execution Details.
"""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, WithJsonSchema

from jobsvc.api.body import RequestBody, StrictRequestBody
from jobsvc.api.fields import Int, Judged, Moment, Priority, Timeout
from jobsvc.api.models import ITSELF, ApiModel, Computed, Document, PageOf, Source
from jobsvc.api.v6.schemas.common import (
    Batch,
    ErrorBase,
    Event,
    FilesAndJson,
    JobConfiguration,
    JobTypeBase,
    JobTypeOfRevision,
    Node,
    RecipeBase,
    Ref,
    ResourceAmounts,
)
from jobsvc.domain.access import Principal
from jobsvc.domain.labels import MAX_LABELS, MAX_VALUE, NO_KEY
from jobsvc.domain.records import ExecutionDetails as ExecutionRecord
from jobsvc.domain.records import JobDetails as JobRecord
from jobsvc.domain.resources import allocated_resources, required_resources
from jobsvc.domain.seed import read_manifest
from jobsvc.domain.status import ExecutionStatus, JobStatus
from jobsvc.domain.v3.data import shown_output, stored_output
from jobsvc.services.configurations import shown_configuration
from jobsvc.services.submission import NewJob

OUTPUT = (
    "JSON description of the job output: IDs of files in `files` and values in `json`, each by the name of the output, and all "
    "of it in `output_data`, where each item has a `name` and one of `file_id`, `file_ids` and `value`."
)


def _required(details: JobRecord) -> Document:
    return required_resources(read_manifest(details.manifest), details.item.job.input_file_size or 0.0)


def _configuration(details: JobRecord) -> Document:
    return shown_configuration(details.configuration, details.type_configuration, details.manifest)


def _output(details: ExecutionRecord) -> Document | None:
    return shown_output(details.output, read_manifest(details.manifest))


class JobTypeRevBase(ApiModel, columns="revision"):
    """The revision that a job runs."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: Annotated[Ref, Source("job_type.id")] = Field(description="The job type.")
    revision_num: int = Field(description="The number of the revision.")


class JobTypeRevDetails(ApiModel, columns="revision"):
    """The same with its manifest."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: Annotated[JobTypeOfRevision, ITSELF] = Field(description="The job type.")
    revision_num: int = Field(description="The number of the revision.")
    docker_image: str | None = Field(description="The image that contains the code to run, if it runs in a container.")
    created: datetime = Field(description="When the associated database model was initially created.")
    manifest: Document = Field(description="The Seed manifest.")


class JobShort(ApiModel):
    """A job as its successor and predecessor show it."""

    id: int = Field(description="The unique identifier of the model.")
    job_type: JobTypeBase = Field(description="The job type.")
    status: JobStatus = Field(description="The current status of the job.")


class JobBase(ApiModel, columns="job"):
    """What the list and the details of jobs share; what both show in forms of their own keeps its place here."""

    id: int = Field(description="The unique identifier of the model. Can be passed to the details API call.")
    job_type: JobTypeBase = Field(description="The job type that is associated with the job.")
    status: JobStatus = Field(description="The current status of the job.")
    job_type_rev: JobTypeRevBase | JobTypeRevDetails
    event: Event | None = Field(description="The trigger event that is associated with the job.")
    ingest_event: Event | None = Field(description="The ingest event that is associated with the job.")
    recipe: RecipeBase | None = Field(description="The recipe instance associated with this job.")
    batch: Batch | None = Field(description="The batch instance associated with this job.")
    is_superseded: bool = Field(description="Whether this job has been replaced and is now obsolete.")
    superseded_job: Ref | JobShort | None
    node: Node | None = Field(description="The node that the job is/was running on.")
    error: ErrorBase | None = Field(description="The error that is associated with the job.")
    max_tries: int = Field(description="The maximum number of executions of the job.")
    num_exes: int = Field(description="The number of executions this job has had.")
    input_file_size: float | None = Field(description="The disk space in MiB required for input files for this job.")
    input_files: Annotated[dict[str, list[str]], Source("input_files")] = Field(
        description="The names of the input files, by the name of the input."
    )
    source_started: datetime | None = Field(description="When collection of the source file started.")
    source_ended: datetime | None = Field(description="When collection of the source file ended.")
    source_sensor_class: str | None = Field(description="The class of sensor used to produce the source file.")
    source_sensor: str | None = Field(description="The specific identifier of the sensor used to produce the source file.")
    source_collection: str | None = Field(description="The collection of the source file.")
    source_task: str | None = Field(description="The task that produced the source file.")
    created: datetime = Field(description="When the associated database model was initially created.")
    queued: datetime | None = Field(description="When the job was added to the queue to be run when resources are available.")
    started: datetime | None = Field(description="When the job started running.")
    ended: datetime | None = Field(description="When the job stopped running, which could be due to success or failure.")
    last_status_change: datetime | None = Field(description="When the status of the job was last changed.")
    superseded: datetime | None = Field(description="When the job became superseded by another job.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class Job(JobBase):
    """A job as the list shows it."""

    job_type_rev: Annotated[JobTypeRevBase, ITSELF] = Field(
        description="The job type revision: the definition at the time the job was scheduled."
    )
    superseded_job: Annotated[Ref | None, Source("job.superseded_job_id")] = Field(
        description="The previous job in the chain that was superseded by this job."
    )


class Execution(ApiModel, columns="execution"):
    """An execution as the list shows it."""

    id: int = Field(description="The unique identifier of the model.")
    status: ExecutionStatus = Field(description="The status of the job execution.")
    exe_num: int = Field(description="The unique job execution number for the job identifier.")
    cluster_id: str = Field(description="The cluster identifier.")
    created: datetime = Field(description="When the associated database model was initially created.")
    queued: datetime = Field(description="When the job was added to the queue for this run and went to QUEUED status.")
    started: datetime | None = Field(description="When the job was scheduled and went to RUNNING status.")
    ended: datetime | None = Field(description="When the job execution ended. (FAILED, COMPLETED, or CANCELED)")
    job: Annotated[Ref, Source("execution.job_id")] = Field(description="The job that is associated with the execution.")
    node: Node | None = Field(description="The node that ran the execution.")
    error: ErrorBase | None = Field(description="The last error that was recorded for the execution.")
    job_type: JobTypeBase = Field(description="The job type that is associated with the execution.")
    timeout: int | None = Field(description="The maximum amount of time this job can run before being killed (in seconds).")
    input_file_size: float | None = Field(description="The disk space in MiB for all input files for this execution.")
    last_modified: datetime = Field(description="When the associated database model was last saved.")


class ExecutionDetails(Execution, inherited="item"):
    """An execution with its documents."""

    task_results: Document | None = Field(description="JSON description of the task results for this execution.")
    resources: Annotated[ResourceAmounts, Computed(lambda details: allocated_resources(details.resources))] = Field(
        description="The resources allocated to this execution."
    )
    configuration: Document = Field(description="JSON description of the configuration for running the job.")
    output: Annotated[Document | None, Computed(_output)] = Field(description=OUTPUT)


class PendingReason(ApiModel):
    """One reason why a job does not run yet."""

    name: str = Field(description="For programs: `engine-not-served`, `job-type-full`, …")
    description: str = Field(description="For people.")
    since: datetime | None = Field(description="Since when it keeps the job from running; null where that is not known.")


class Place(ApiModel):
    """The place of a job in the queue."""

    number: int = Field(
        description="Which one it is of the jobs of its engine that could start, by priority and then by the queue's mode: 1 is "
        "the next. Jobs of paused types do not count, nor those that wait for a time, or for resources that no node has."
    )
    is_exact: bool = Field(description="False: at least that one; beyond 10,000 nobody counts.")


class Estimate(ApiModel):
    """What the last jobs of the type let expect: at least 30, at most 200 executions that have begun and ended."""

    runs: int = Field(description="How many executions are known.")
    start_p50: datetime | None = Field(
        description="When half of them had started, had they been queued with this job, of those that waited as long as it has "
        "already; null when none did."
    )
    start_p95: datetime | None = Field(description="The same for 95 of 100.")
    run_seconds_p50: float | None = Field(description="Half of those that were completed ran no longer; null when none was.")
    run_seconds_p95: float | None = Field(description="The same for 95 of 100.")


def _label_map(*kinds: str) -> dict[str, object]:
    value: dict[str, object] = {"type": "string", "maxLength": MAX_VALUE}
    values = value if kinds == ("string",) else {"anyOf": [value, {"type": "null"}]}
    return {"type": "object", "additionalProperties": values, "maxProperties": MAX_LABELS}


NewLabels = Annotated[object, WithJsonSchema(_label_map("string"))]
ChangedLabels = Annotated[object, WithJsonSchema(_label_map("string", "null"))]
LABELS = f"What the job is to be called by, as strings by key; at most {MAX_LABELS}: {NO_KEY}."


class Retry(ApiModel):
    """Whether a job will be tried again."""

    is_expected: bool | None = Field(description="Whether it will; null when that depends on how the present try ends.")
    reason: str = Field(description="Why, or why not, for people.")
    at: datetime | None = Field(description="When the next try may begin at the earliest; null: at once, or never.")
    tries_left: int = Field(description="How many tries there are after the present one, or the last one.")
    policy: str | None = Field(description="The retry policy that decides, or has decided; null: the default.")
    rule: int | None = Field(description="The number of its rule that has decided, from 1 on; null: none has yet, or none fits.")


class Pending(ApiModel):
    """Why a job does not run yet."""

    reasons: list[PendingReason] = Field(description="All that keep it from running at this moment.")
    place: Place | None = Field(
        description="Where it is in the queue; null when it does not only wait for its turn, and in the first seconds."
    )
    estimate: Estimate | None = Field(
        description="When it is expected to start, while it waits; null when too few runs are known, and in the first seconds."
    )


class JobParent(ApiModel):
    """A job that another one starts after."""

    id: int = Field(description="Its id.")
    status: str | None = Field(description="Its status; null when it is there no more.")


class JobDetails(JobBase, inherited="item"):
    """A job with all that belongs to it."""

    job_type_rev: Annotated[JobTypeRevDetails, ITSELF] = Field(description="The job type revision with its manifest.")
    superseded_job: JobShort | None = Field(description="The previous job in the chain that was superseded by this job.")
    superseded_by_job: JobShort | None = Field(description="The next job in the chain that superseded this job.")
    resources: Annotated[ResourceAmounts, Computed(_required)] = Field(
        description="JSON description describing the resources required for this job."
    )
    execution: ExecutionDetails | None = Field(description="The most recent execution of the job.")
    input: FilesAndJson = Field(description="The input data for the job.")
    output: Annotated[FilesAndJson, Computed(lambda details: stored_output(details.output))] = Field(
        description="The output data for the job."
    )
    configuration: Annotated[JobConfiguration, Computed(_configuration, is_json=True)] = Field(
        description="JSON description of the configuration for running the job."
    )
    pending: Pending = Field(description="Why the job does not run yet; no reasons when it does, or has ended.")
    labels: dict[str, str] = Field(description="What its users call it, by key.")
    retry: Retry = Field(description="Whether it will be tried again, why or why not, when, and how often.")
    after: list[JobParent] = Field(description="The jobs that it starts after, or has started after, by id.")


class JobCreate(RequestBody):
    """The definition of a new job."""

    reads_query: ClassVar[bool] = True

    job_type_id: Int = Field(description="The ID of the job type for the new job.")
    input: Judged | None = Field(None, description="JSON defining the data to run the job on.")
    configuration: Judged | None = Field(None, description="Overrides of the job type's configuration.")
    not_before: Moment | None = Field(None, description="The job does not start before this time; it is queued meanwhile.")

    after: list[Int] | None = Field(
        None, description="Ids of jobs that must have COMPLETED before the job is queued; it is PENDING or BLOCKED meanwhile."
    )

    after_items: list[Int] | None = Field(
        None, description="Of many jobs in one request: the places, from 0, of earlier ones that this one starts after as well."
    )
    labels: NewLabels | None = Field(None, description=LABELS)

    def new_job(self, caller: Principal) -> NewJob:
        """The job, of a caller."""
        return NewJob(
            self.job_type_id,
            self.input,
            self.configuration,
            caller.name,
            job_types=caller.job_types,
            not_before=self.not_before,
            after=tuple(self.after or ()),
            after_items=tuple(self.after_items or ()),
            labels=self.labels,
        )


class JobChange(StrictRequestBody):
    """Changeable members of a job: of one that does not wait in the queue only labels. At least one is required."""

    keeps_null: ClassVar[bool] = True

    priority: Priority | None = Field(None, description="Lower numbers run earlier.")
    timeout: Timeout | None = Field(None, description="Seconds that the try which waits may run.")
    not_before: Moment | None = Field(None, description="The job does not start before this time; null: it may at once.")
    labels: ChangedLabels | None = Field(None, description="Labels to set by key, at any time; null removes one. Others stay.")


class JobPage(PageOf[Job]):
    """A page of jobs."""


class ExecutionPage(PageOf[Execution]):
    """A page of executions."""
