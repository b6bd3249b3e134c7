"""What all generations read: plain records, named tuples because a page builds thousands of them.

Timestamps are zoned, sizes of input and resources are in MiB (file sizes in bytes), documents are as stored.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from jobsvc.domain.dependencies import Parent
from jobsvc.domain.labels import Labels
from jobsvc.domain.pending import Pending
from jobsvc.domain.retry_outlook import RetryOutlook
from jobsvc.domain.retry_records import TypeLimits

Document = dict[str, Any]


class JobTypeRef(NamedTuple):
    """A job type as other things show it."""

    id: int
    name: str
    version: str
    title: str | None
    description: str | None
    is_active: bool
    is_system: bool
    is_paused: bool
    is_published: bool
    icon_code: str | None
    unmet_resources: str | None
    revision_num: int
    category: str | None
    author_name: str | None
    author_url: str | None
    is_long_running: bool
    is_operational: bool


class RevisionRef(NamedTuple):
    """The revision that a job runs."""

    id: int
    revision_num: int


class EventRef(NamedTuple):
    """What caused a job (also for ingest events, which have no rule)."""

    id: int
    type: str
    occurred: datetime
    rule_id: int | None = None


class RecipeRef(NamedTuple):
    """The recipe that a job belongs to."""

    id: int
    recipe_type_rev_id: int
    event_id: int | None
    type_id: int
    type_name: str
    type_title: str | None
    type_description: str | None
    type_revision_num: int


class BatchRef(NamedTuple):
    """The batch that a job belongs to."""

    id: int
    title: str | None
    description: str | None
    created: datetime


class NodeRef(NamedTuple):
    """The host that a job or an execution ran on."""

    id: int
    hostname: str


class ErrorRef(NamedTuple):
    """Why a job or an execution failed."""

    id: int
    name: str
    title: str | None
    description: str | None
    job_type_name: str | None
    category: str
    is_builtin: bool
    should_be_retried: bool


class ErrorItem(NamedTuple):
    """An error with its dates."""

    error: ErrorRef
    created: datetime
    last_modified: datetime


class JobColumns(NamedTuple):
    """The columns of a job itself."""

    id: int
    status: str
    is_superseded: bool
    superseded_job_id: int | None
    max_tries: int
    num_exes: int
    input_file_size: float | None
    source_started: datetime | None
    source_ended: datetime | None
    source_sensor_class: str | None
    source_sensor: str | None
    source_collection: str | None
    source_task: str | None
    created: datetime
    queued: datetime | None
    started: datetime | None
    ended: datetime | None
    last_status_change: datetime | None
    superseded: datetime | None
    last_modified: datetime


class JobItem(NamedTuple):
    """A job as lists show it; `input_files` maps input names to file names."""

    job: JobColumns
    job_type: JobTypeRef
    revision: RevisionRef
    event: EventRef | None
    ingest_event: EventRef | None
    recipe: RecipeRef | None
    batch: BatchRef | None
    node: NodeRef | None
    error: ErrorRef | None
    input_files: dict[str, list[str]]


class JobShort(NamedTuple):
    """A job as its successor and predecessor show it."""

    id: int
    status: str
    job_type: JobTypeRef


class RevisionDetails(NamedTuple):
    """A revision with its manifest."""

    id: int
    revision_num: int
    docker_image: str | None
    created: datetime
    manifest: Document


class ExecutionColumns(NamedTuple):
    """The columns of an execution itself."""

    id: int
    status: str
    exe_num: int
    cluster_id: str
    created: datetime
    queued: datetime
    started: datetime | None
    ended: datetime | None
    job_id: int
    timeout: int | None
    input_file_size: float | None
    exit_code: int | None
    last_modified: datetime
    log_lines: int | None
    """How many lines its worker wrote; None while it runs, and where nobody knows."""


class ExecutionItem(NamedTuple):
    """An execution as lists show it."""

    execution: ExecutionColumns
    job_type: JobTypeRef
    node: NodeRef | None
    error: ErrorRef | None


class ExecutionDetails(NamedTuple):
    """An execution with its documents; `manifest` is that of the revision that the job runs."""

    item: ExecutionItem
    task_results: Document | None
    resources: Document
    configuration: Document
    output: Document | None
    manifest: Document


class StoredJob(NamedTuple):
    """A job as it is stored, for its details to be made of: see JobDetails."""

    item: JobItem
    revision: RevisionDetails
    num_versions: int
    latest_version: str
    superseded_by_job_id: int | None
    input: Document | None
    output: Document | None
    configuration: Document | None
    labels: Labels
    manifest: Document
    type_configuration: Document


class JobDetails(NamedTuple):
    """A job with all that belongs to it; `manifest` and `type_configuration` are the job type's current ones."""

    item: JobItem
    revision: RevisionDetails
    num_versions: int
    latest_version: str
    superseded_job: JobShort | None
    superseded_by_job: JobShort | None
    execution: ExecutionDetails | None
    input: Document | None
    output: Document | None
    configuration: Document | None
    labels: Labels
    manifest: Document
    type_configuration: Document
    pending: Pending
    retry: RetryOutlook
    after: Sequence[Parent] = ()


class JobTypeItem(NamedTuple):
    """A job type as its list shows it."""

    job_type: JobTypeRef
    docker_image: str | None
    max_scheduled: int | None
    max_tries: int
    created: datetime
    deprecated: datetime | None
    paused: datetime | None
    last_modified: datetime


class RecipeTypeRef(NamedTuple):
    """A recipe type as other things show it."""

    id: int
    name: str
    title: str | None
    description: str | None
    revision_num: int


class RecipeTypeItem(NamedTuple):
    """A recipe type as its list shows it."""

    id: int
    name: str
    title: str | None
    description: str | None
    is_active: bool
    is_system: bool
    revision_num: int
    created: datetime
    deprecated: datetime | None
    last_modified: datetime

    @property
    def ref(self) -> RecipeTypeRef:
        """The recipe type as other things show it."""
        return RecipeTypeRef(self.id, self.name, self.title, self.description, self.revision_num)


class JobTypeDetails(NamedTuple):
    """A job type with its current manifest and configuration; the others are read for those that show them."""

    item: JobTypeItem
    manifest: Document
    configuration: Document
    recipe_types: tuple[RecipeTypeItem, ...] = ()
    retry_limits: TypeLimits | None = None


class WorkspaceItem(NamedTuple):
    """A workspace; its configuration's broker says where its files lie."""

    id: int
    name: str
    title: str | None
    description: str | None
    base_url: str | None
    is_active: bool
    created: datetime
    deprecated: datetime | None
    last_modified: datetime
    configuration: Document

    @property
    def host_path(self) -> str:
        """The directory of the host that a `host` broker names."""
        return str(self.configuration["broker"]["host_path"])


class FileColumns(NamedTuple):
    """The columns of a file itself (`file_size` in bytes, geometries as WKT)."""

    id: int
    file_name: str
    data_type_tags: list[str]
    media_type: str
    file_type: str
    file_size: int
    file_path: str
    is_deleted: bool
    created: datetime
    deleted: datetime | None
    data_started: datetime | None
    data_ended: datetime | None
    source_started: datetime | None
    source_ended: datetime | None
    source_sensor_class: str | None
    source_sensor: str | None
    source_collection: str | None
    source_task: str | None
    last_modified: datetime
    geometry: str | None
    center_point: str | None
    countries: list[str]
    job_id: int | None
    job_exe_id: int | None
    job_output: str | None
    recipe_node: str | None
    recipe_id: int | None
    is_superseded: bool
    superseded: datetime | None
    meta_data: Document


class FileItem(NamedTuple):
    """A file with what it belongs to."""

    file: FileColumns
    workspace: WorkspaceItem
    job_type: JobTypeRef | None
    recipe_type: "RecipeTypeRef | None"
    batch: BatchRef | None
