"""The JSON objects of the v6 API as the client returns them: what the service sent, unchanged.

Only the members that callers read are named; the objects may have more. Times are ISO-8601 in UTC, file sizes bytes.
"""

from typing import Any, Generic, Literal, NotRequired, TypedDict, TypeVar

# What callers know by the name of this module.
from jobsvc.client.queries import JobQuery as JobQuery  # noqa: PLC0414
from jobsvc.client.queries import JobSelection as JobSelection  # noqa: PLC0414
from jobsvc.client.queries import JobTypeName as JobTypeName  # noqa: PLC0414

T = TypeVar("T")
Json = dict[str, Any]
Stream = Literal["stdout", "stderr", "combined"]
Interval = Literal["minute", "hour", "day", "week", "month"]
FINAL = frozenset({"COMPLETED", "FAILED", "CANCELED"})
"""Statuses that a job does not leave by itself."""
BULK_DONE = frozenset({"COMPLETED", "STOPPED"})
"""States that a bulk operation does not leave."""


class Page(TypedDict, Generic[T]):
    """One page of a list; `count` is the number of results on all pages."""

    count: int
    next: str | None
    previous: str | None
    results: list[T]


class Error(TypedDict):
    """Why a job or an execution failed."""

    id: int
    name: str
    title: str | None
    description: str | None
    category: str


class Node(TypedDict):
    """The host that ran something."""

    id: int
    hostname: str


class JobType(TypedDict):
    """A job type as its list shows it."""

    id: int
    name: str
    version: str
    title: str | None
    description: str | None
    is_active: bool
    is_paused: bool
    revision_num: int
    docker_image: str | None
    max_scheduled: int | None
    max_tries: int


class JobTypeDetails(JobType):
    """A job type with its Seed manifest and its configuration.

    `retry_limits` says what holds its retries (`policy`, `budget`, `breaker`, `breaker_state`), and how many are `held`; None
    when it names no retry policy.
    """

    manifest: Json
    configuration: Json
    retry_limits: Json | None


class RetryPolicy(TypedDict):
    """Rules that say what becomes of jobs that fail, limits of retries, and the job types that name them.

    These have `name`, `version`, how many retries are `held`, and the `breaker` with `state`, `since` and `error`.
    """

    name: str
    description: str
    version: int
    rules: list[Json]
    budget: Json | None
    breaker: Json | None
    job_types: list[Json]


class RetryDecision(TypedDict):
    """How many failures a rule would have decided, and of how many the opposite happened; `rule` None: the default."""

    rule: int | None
    is_retried: bool
    count: int
    differs: int
    samples: list[Json]


class RetrySimulation(TypedDict):
    """What a policy would have done with failures."""

    policy: str | None
    version: int | None
    failures: int
    differs: int
    decisions: list[RetryDecision]


class Data(TypedDict):
    """Input or output of a job: ids of files, and JSON values, by name."""

    files: dict[str, list[int]]
    json: Json


class Job(TypedDict):
    """A job as the list shows it."""

    id: int
    job_type: JobType
    status: str
    node: Node | None
    error: Error | None
    max_tries: int
    num_exes: int
    input_files: dict[str, list[str]]
    created: str
    queued: str | None
    started: str | None
    ended: str | None
    last_modified: str


class Execution(TypedDict):
    """One attempt to run a job, as the list shows it."""

    id: int
    status: str
    exe_num: int
    queued: str
    started: str | None
    ended: str | None
    last_modified: str
    node: Node | None
    error: Error | None


class OutputItem(TypedDict, total=False):
    """One output by its name, with one of the other members."""

    name: str
    file_id: int
    file_ids: list[int]
    value: Any


class Output(Data):
    """The output of an execution, by name and as a list."""

    output_data: list[OutputItem]


class ExecutionDetails(Execution):
    """An attempt with its documents."""

    task_results: Json | None
    output: Output | None


class JobDetails(Job):
    """A job with its data and its latest execution (none while it was never claimed, and none of a canceled job)."""

    execution: ExecutionDetails | None
    input: Data
    output: Data
    configuration: Json
    pending: Json
    labels: dict[str, str]
    retry: Json
    after: list[Json]


class NewJob(TypedDict):
    """A job to be made; members of `configuration` override those of its type.

    It starts after the jobs with the ids `after`, and after earlier ones of the same request, by their places from 0.
    """

    job_type_id: int
    input: NotRequired[Data]
    configuration: NotRequired[Json]
    not_before: NotRequired[str]
    after: NotRequired[list[int]]
    after_items: NotRequired[list[int]]
    labels: NotRequired[dict[str, str]]


class JobChange(TypedDict, total=False):
    """What of a job that waits may be changed; `not_before` is an ISO-8601 time, None takes it back.

    Labels are changed of any job; None removes one.
    """

    priority: int
    timeout: int
    not_before: str | None
    labels: dict[str, str | None]


class Refusal(TypedDict):
    """Why a job was not made: the status that it would be answered with alone, and what is wrong."""

    status: int
    detail: str


class JobResult(TypedDict):
    """What became of one of many jobs, by its place: the `id` of the job that was made, or an `error`."""

    index: int
    id: int | None
    error: Refusal | None


class JobsCreated(TypedDict):
    """What became of many jobs: how many were made, how many refused, and each in its sequence."""

    created: int
    refused: int
    results: list[JobResult]


class Workspace(TypedDict):
    """A named directory for files."""

    id: int
    name: str
    title: str | None
    description: str | None
    is_active: bool


class FileWorkspace(TypedDict):
    """The workspace that a file lies in."""

    id: int
    name: str


class File(TypedDict):
    """A file; `url` is where its content can be read."""

    id: int
    file_name: str
    file_path: str
    workspace: FileWorkspace
    media_type: str
    file_type: str
    file_size: int
    url: str | None
    created: str


class BulkOperation(TypedDict):
    """A cancel or requeue request and how far it is: `processed` = `done` + `not_eligible` + …, in jobs."""

    id: int
    kind: str
    state: str
    matched: int | None
    processed: int
    done: int
    not_eligible: int
    conflict: int
    error: int


class Percentiles(TypedDict):
    """Seconds that half, and 95 of 100, did not exceed; None of nothing."""

    p50: float | None
    p95: float | None


class JobGroup(TypedDict):
    """Jobs that have in common what they are grouped by, other members are None; times of the last executions of their types."""

    count: int
    oldest_queued: str | None
    status: str | None
    job_type_id: int | None
    job_type_name: str | None
    job_type_version: str | None
    error_id: int | None
    error_name: str | None
    error_category: str | None
    is_superseded: bool | None
    executions: int
    waiting: Percentiles
    running: Percentiles


class HistogramBar(TypedDict):
    """The jobs whose last change was between two times, both included; `counts` by the value that they are split by."""

    started: str
    ended: str
    count: int
    counts: dict[str, int]


class JobHistogram(TypedDict):
    """The numbers of jobs over time."""

    interval: str
    split: str | None
    results: list[HistogramBar]


class JobTypeCount(TypedDict):
    """How many of the selected jobs are of a type."""

    job_type: JobType
    count: int


class BulkPreview(TypedDict):
    """What a bulk operation would do now: the jobs that it selects, and those of them that it would change."""

    matched: int
    eligible: int
    by_status: dict[str, int]
    by_job_type: list[JobTypeCount]
    sample: list[Job]


class EventJobType(TypedDict):
    """The job type of an event."""

    id: int
    name: str
    version: str


class ChangeEvent(TypedDict):
    """A change: what became of what (`type`, as `job.failed`), by whose request (`actor`); `id` is its position.

    Members of what it is not about are None; `data` is what is known beside, as `status` and `status_before`.
    """

    id: int
    time: str
    type: str
    job_id: int | None
    job_type: EventJobType | None
    batch_id: int | None
    recipe_id: int | None
    execution_id: int | None
    exe_num: int | None
    bulk_operation_id: int | None
    node_id: int | None
    worker_id: str | None
    actor: str | None
    data: Json


class ChangeEventPage(TypedDict):
    """Events, and where to read on: behind `next`, until that is `last`."""

    results: list[ChangeEvent]
    next: int
    last: int


LogLine = TypedDict(
    "LogLine",
    {
        "message": str,
        "@timestamp": str,
        "scale_order_num": int,
        "scale_task": int,
        "scale_job_exe": str,
        "scale_node": str,
        "stream": str,
    },
)
LogLine.__doc__ = "A line of an execution's log."
"""A class statement could not name `@timestamp`."""
