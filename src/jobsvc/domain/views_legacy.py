"""What the older generation (v3 to v5) reads beyond `views`; the conventions are the same.

Fields are called like the keys of v3 (docs/spec/behaviour/keys-v3.md#objects), and with `_id` where those
show an object with nothing but an id.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import JsonValue

from jobsvc.domain.views import (
    Document,
    ErrorItem,
    ErrorRef,
    EventRef,
    JobColumns,
    JobTypeRef,
    RevisionDetails,
    RevisionRef,
)
from jobsvc.domain.views_operations import StatusCount


class LegacyColumns(NamedTuple):
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


class LegacyJob(NamedTuple):
    """A job as lists show it; `event` is the ingest event of a job that has no other."""

    job: JobColumns
    job_type: JobTypeRef
    revision: RevisionRef
    event: EventRef | None
    error: ErrorRef | None
    more: LegacyColumns


class LegacyJobShort(NamedTuple):
    """A job as its executions, its successors and its predecessors show it."""

    id: int
    job_type: JobTypeRef
    revision_id: int
    event_id: int | None
    error_id: int | None
    status: str
    priority: int
    num_exes: int


class LegacyJobTypeColumns(NamedTuple):
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


class LegacyJobType(NamedTuple):
    """A job type as its list shows it, with its manifest."""

    job_type: JobTypeRef
    columns: LegacyJobTypeColumns
    manifest: Document


class LegacyJobTypeDetails(NamedTuple):
    """A job type with its interface (version 1.0), the errors of its exit codes, and its jobs by hours that count."""

    job_type: LegacyJobType
    interface: Document
    exit_codes: dict[str, str]
    errors: Sequence[ErrorItem]
    counts: dict[int, list[StatusCount]]


class LegacyRevision(NamedTuple):
    """The revision that a job runs, with its interface (a document of version 1.0)."""

    id: int
    revision_num: int
    interface: Document
    created: datetime


class LegacyRule(NamedTuple):
    """A rule that made events."""

    id: int
    type: str
    name: str | None
    is_active: bool
    configuration: Document
    created: datetime
    archived: datetime | None
    last_modified: datetime


class LegacyEvent(NamedTuple):
    """What caused a job, with all that is known of it."""

    id: int
    type: str
    rule: LegacyRule | None
    occurred: datetime
    description: Document


class LegacyRecord(NamedTuple):
    """A job as it is stored, for its details to be made of; `type_configuration` is the job type's current one."""

    item: LegacyJob
    job_type: LegacyJobTypeColumns
    revision: RevisionDetails
    event: LegacyEvent | None
    error: ErrorItem | None
    input: Document | None
    output: Document | None
    configuration: Document | None
    type_configuration: Document


class LegacyFile(NamedTuple):
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


class LegacyValue(NamedTuple):
    """An input or output of the interface merged with its value, which is null when there is none.

    `type` is `property` (any JSON value), `file` (one LegacyFile) or `files` (a list of them).
    """

    name: str
    type: str
    value: "JsonValue | LegacyFile | list[LegacyFile]"


class LegacyRecipe(NamedTuple):
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


class LegacyExecution(NamedTuple):
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


class LegacyNode(NamedTuple):
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


class LegacyExecutionItem(NamedTuple):
    """An execution as its list shows it."""

    execution: LegacyExecution
    job: LegacyJobShort
    node: LegacyNode | None
    error: ErrorRef | None


class LegacyScheduled(NamedTuple):
    """What an execution was given, in cores and MiB; nothing yet while it waits."""

    cpus_scheduled: float | None
    mem_scheduled: float | None
    disk_in_scheduled: float | None
    disk_out_scheduled: float | None
    disk_total_scheduled: float | None


class LegacyAttempt(NamedTuple):
    """An attempt as it is stored, for its details to be made of; `manifest` is that of the revision that the job runs."""

    execution: LegacyExecution
    node: LegacyNode | None
    error: ErrorItem | None
    configuration: Document
    resources: Document
    input_file_size: float | None
    output: Document | None
    manifest: Document


class LegacyExecutionDetails(NamedTuple):
    """A single execution; `results` (1.0) and `results_manifest` (1.1) are null until there are results."""

    execution: LegacyExecution
    job: LegacyJob
    node: LegacyNode | None
    error: ErrorItem | None
    environment: Document
    scheduled: LegacyScheduled
    results: Document | None
    results_manifest: Document | None


class LegacyJobWithFiles(NamedTuple):
    """A job with the files that it reads, each once."""

    item: LegacyJob
    input_files: list[LegacyFile]


class LegacyJobWithExecution(NamedTuple):
    """A job with its latest attempt."""

    item: LegacyJob
    latest_job_exe: LegacyExecution | None


class LegacyJobDetails(NamedTuple):
    """A job with all that belongs to it: `data` and `results` are documents of version 1.0, executions newest first."""

    item: LegacyJob
    job_type: LegacyJobTypeColumns
    revision: LegacyRevision
    event: LegacyEvent | None
    error: ErrorItem | None
    root_superseded_job: LegacyJobShort | None
    superseded_job: LegacyJobShort | None
    superseded_by_job: LegacyJobShort | None
    data: Document
    results: Document | None
    recipes: list[LegacyRecipe]
    job_exes: list[LegacyExecution]
    inputs: list[LegacyValue]
    outputs: list[LegacyValue]
    input_files: list[LegacyFile]
    products: list[LegacyFile]
