"""What the older generation (v3 to v5) reads beyond `views`; the conventions are the same.

Fields are called like the keys of v3 (docs/spec/behaviour/keys-v3.md#objects), and with `_id` where those
show an object with nothing but an id.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from jobsvc.domain.operation_records import StatusCount
from jobsvc.domain.records import (
    Document,
    ErrorItem,
    ErrorRef,
    EventRef,
    JobColumns,
    JobTypeRef,
    RevisionDetails,
    RevisionRef,
)


class V3Columns(NamedTuple):
    """What a job had as columns once: how it is queued, what it needs (cores, MiB), which jobs it has to do with."""

    priority: int
    timeout: int | None
    cpus_required: float
    mem_required: float
    disk_in_required: float
    disk_out_required: float
    root_superseded_job_id: int | None
    superseded_by_job_id: int | None
    delete_superseded: bool


class V3Job(NamedTuple):
    """A job as lists show it; `event` is the ingest event of a job that has no other."""

    job: JobColumns
    job_type: JobTypeRef
    revision: RevisionRef
    event: EventRef | None
    error: ErrorRef | None
    more: V3Columns


class V3JobShort(NamedTuple):
    """A job as its executions, its successors and its predecessors show it."""

    id: int
    job_type: JobTypeRef
    revision_id: int
    event_id: int | None
    error_id: int | None
    status: str
    priority: int
    num_exes: int


class V3JobTypeColumns(NamedTuple):
    """What the details of a job show of its type beyond JobTypeRef; resources are in cores and MiB."""

    uses_docker: bool
    docker_privileged: bool
    docker_image: str | None
    priority: int
    max_scheduled: int | None
    timeout: int
    max_tries: int
    cpus_required: float
    mem_required: float
    disk_out_const_required: float
    disk_out_mult_required: float
    created: datetime
    archived: datetime | None
    paused: datetime | None
    last_modified: datetime


class V3JobType(NamedTuple):
    """A job type as its list shows it, with its manifest."""

    job_type: JobTypeRef
    columns: V3JobTypeColumns
    manifest: Document


class V3JobTypeDetails(NamedTuple):
    """A job type with its interface (version 1.0), the errors of its exit codes, and its jobs by hours that count."""

    job_type: V3JobType
    interface: Document
    exit_codes: dict[str, str]
    errors: Sequence[ErrorItem]
    counts: dict[int, list[StatusCount]]


class V3Revision(NamedTuple):
    """The revision that a job runs, with its interface (a document of version 1.0)."""

    id: int
    revision_num: int
    interface: Document
    created: datetime


class V3Rule(NamedTuple):
    """A rule that made events."""

    id: int
    type: str
    name: str | None
    is_active: bool
    configuration: Document
    created: datetime
    archived: datetime | None
    last_modified: datetime


class V3Event(NamedTuple):
    """What caused a job, in full."""

    id: int
    type: str
    rule: V3Rule | None
    occurred: datetime
    description: Document


class V3Record(NamedTuple):
    """A job as it is stored, from which its details are rendered; `type_configuration` is the job type's current one."""

    item: V3Job
    job_type: V3JobTypeColumns
    revision: RevisionDetails
    event: V3Event | None
    error: ErrorItem | None
    input: Document | None
    output: Document | None
    configuration: Document | None
    type_configuration: Document


class V3File(NamedTuple):
    """A file or a product; `file_size` is in bytes, `base_url` that of its workspace, geometries are WKT."""

    id: int
    workspace_id: int
    workspace_name: str
    base_url: str | None
    file_path: str
    file_name: str
    media_type: str
    file_size: int
    data_type: list[str]
    is_deleted: bool
    uuid: str
    created: datetime
    deleted: datetime | None
    data_started: datetime | None
    data_ended: datetime | None
    geometry: str | None
    center_point: str | None
    meta_data: Document
    countries: list[str]
    last_modified: datetime
    is_operational: bool
    is_published: bool
    has_been_published: bool
    published: datetime | None
    unpublished: datetime | None
    job_type_id: int | None
    job_id: int | None
    job_exe_id: int | None


class V3Value(NamedTuple):
    """An input or output of the interface merged with its value, which is null when there is none.

    `type` is `property` (any JSON value), `file` (one V3File) or `files` (a list of them).
    """

    name: str
    type: str
    value: "JsonValue | V3File | list[V3File]"


class V3Recipe(NamedTuple):
    """A recipe that a job belongs to."""

    id: int
    type_id: int
    type_name: str
    type_version: str | None
    type_title: str | None
    type_description: str | None
    revision_id: int
    revision_num: int
    event: EventRef | None
    is_superseded: bool
    root_superseded_recipe_id: int | None
    superseded_recipe_id: int | None
    superseded_by_recipe_id: int | None
    created: datetime
    completed: datetime | None
    superseded: datetime | None
    last_modified: datetime


class V3Execution(NamedTuple):
    """An attempt to run a job; one that waits in the queue has a negative id, which it loses when it is claimed."""

    id: int
    status: str
    command_arguments: str
    timeout: int | None
    pre_started: datetime | None
    pre_completed: datetime | None
    pre_exit_code: int | None
    job_started: datetime | None
    job_completed: datetime | None
    job_exit_code: int | None
    post_started: datetime | None
    post_completed: datetime | None
    post_exit_code: int | None
    created: datetime
    queued: datetime
    started: datetime | None
    ended: datetime | None
    last_modified: datetime
    job_id: int
    node_id: int | None
    error_id: int | None


class V3Node(NamedTuple):
    """The host that ran an execution."""

    id: int
    hostname: str
    port: int
    slave_id: str
    pause_reason: str | None
    is_paused: bool
    is_paused_errors: bool
    is_active: bool
    archived: datetime | None
    created: datetime
    last_offer: datetime | None
    last_modified: datetime


class V3StoredExecutionItem(NamedTuple):
    """An attempt as it is stored, for its list to be made of."""

    execution: V3Execution
    node: V3Node | None
    error: ErrorRef | None


class V3ExecutionItem(NamedTuple):
    """An execution as its list shows it."""

    execution: V3Execution
    job: V3JobShort
    node: V3Node | None
    error: ErrorRef | None


class V3Scheduled(NamedTuple):
    """What an execution was given, in cores and MiB; nothing yet while it waits."""

    cpus_scheduled: float | None
    mem_scheduled: float | None
    disk_in_scheduled: float | None
    disk_out_scheduled: float | None
    disk_total_scheduled: float | None


class V3StoredExecution(NamedTuple):
    """An execution as it is stored, from which its details are rendered; `manifest` is that of the revision that the job runs."""

    execution: V3Execution
    node: V3Node | None
    error: ErrorItem | None
    configuration: Document
    resources: Document
    input_file_size: float | None
    output: Document | None
    manifest: Document


class V3ExecutionDetails(NamedTuple):
    """A single execution; `results` (1.0) and `results_manifest` (1.1) are null until there are results."""

    execution: V3Execution
    job: V3Job
    node: V3Node | None
    error: ErrorItem | None
    environment: Document
    scheduled: V3Scheduled
    results: Document | None
    results_manifest: Document | None


class V3JobWithFiles(NamedTuple):
    """A job with the files that it reads, each once."""

    item: V3Job
    input_files: list[V3File]


class V3JobWithExecution(NamedTuple):
    """A job with its latest attempt."""

    item: V3Job
    latest_job_exe: V3Execution | None


class V3JobDetails(NamedTuple):
    """A job with all that belongs to it: `data` and `results` are documents of version 1.0, executions newest first."""

    item: V3Job
    job_type: V3JobTypeColumns
    revision: V3Revision
    event: V3Event | None
    error: ErrorItem | None
    root_superseded_job: V3JobShort | None
    superseded_job: V3JobShort | None
    superseded_by_job: V3JobShort | None
    data: Document
    results: Document | None
    recipes: list[V3Recipe]
    job_exes: list[V3Execution]
    inputs: list[V3Value]
    outputs: list[V3Value]
    input_files: list[V3File]
    products: list[V3File]
