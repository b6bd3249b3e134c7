"""What is written: rows as they are inserted, and changes of rows; see `records` for the conventions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from jobsvc.domain.filters import JobFilter
from jobsvc.domain.labels import Labels
from jobsvc.domain.records import Document
from jobsvc.domain.status import BulkKind, BulkState, JobStatus, QueueMode


class Update(BaseModel):
    """A change of a row: members that were not given stay as they are, null is a value like others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def columns(self) -> dict[str, Any]:
        """What is given, by column."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}


class NodeUpdate(Update):
    """A change of a node."""

    is_paused: bool = False
    pause_reason: str | None = None
    is_active: bool = True
    deprecated: datetime | None = None


class QueuedJobUpdate(Update):
    """A change of a job that waits: `timeout` in seconds, for the try that waits; without `not_before` it may start at once."""

    priority: int = 1
    timeout: int = 1
    not_before: datetime | None = None


class SchedulerUpdate(Update):
    """A change of the switches that hold for all workers."""

    is_paused: bool = False
    queue_mode: QueueMode = QueueMode.FIFO


class WorkspaceUpdate(Update):
    """What a new workspace has, or a change of one; `configuration` names the broker."""

    name: str = ""
    title: str | None = None
    description: str | None = None
    base_url: str | None = None
    is_active: bool = True
    configuration: Document = {}
    deprecated: datetime | None = None


class JobTypeOptions(Update):
    """What of a job type is no part of its manifest."""

    icon_code: str | None = None
    is_published: bool = False
    is_active: bool = True
    is_paused: bool = False
    max_scheduled: int | None = None
    max_tries: int = 3


class JobTypeUpdate(JobTypeOptions):
    """What a new job type has, or a change of one."""

    name: str = ""
    version: str = ""
    version_array: Sequence[int] | None = None
    title: str | None = None
    description: str | None = None
    author_name: str | None = None
    author_url: str | None = None
    docker_image: str | None = None
    uses_docker: bool = False
    manifest: Document = {}
    configuration: Document = {}
    secrets: dict[str, str] = {}
    revision_num: int = 1
    paused: datetime | None = None
    deprecated: datetime | None = None


class RevisionInsert(NamedTuple):
    """A snapshot of a job type."""

    job_type_id: int
    revision_num: int
    docker_image: str | None
    manifest: Document
    created: datetime


class ErrorInsert(NamedTuple):
    """An error that the manifest of a job type declares."""

    name: str
    title: str | None
    description: str | None
    category: str
    job_type_name: str


class BulkInsert(NamedTuple):
    """An accepted command over many jobs."""

    kind: BulkKind
    filter: JobFilter
    priority: int | None
    requested_by: str | None
    max_job_id: int
    created: datetime


class BulkUpdate(Update):
    """How far a bulk operation is."""

    state: BulkState = BulkState.RUNNING
    started: datetime | None = None
    ended: datetime | None = None
    last_job_id: int | None = None
    matched: int | None = None
    processed: int = 0
    done: int = 0
    not_eligible: int = 0
    conflict: int = 0
    error: int = 0


class SourceMetadata(NamedTuple):
    """Where and when data were taken."""

    source_started: datetime | None = None
    source_ended: datetime | None = None
    source_sensor_class: str | None = None
    source_sensor: str | None = None
    source_collection: str | None = None
    source_task: str | None = None


class InputFile(NamedTuple):
    """What of a file a job takes over that reads it; `file_size` is in bytes."""

    id: int
    file_name: str
    file_size: int
    source_started: datetime | None = None
    source_ended: datetime | None = None
    source_sensor_class: str | None = None
    source_sensor: str | None = None
    source_collection: str | None = None
    source_task: str | None = None


class JobEnd(NamedTuple):
    """How a job ends: COMPLETED with what it produced, or otherwise with the reason."""

    job_id: int
    status: str
    error_id: int | None
    output: Document | None


class JobInsert(NamedTuple):
    """A new job, which does not start before a time; `input_file_size` is in MiB.

    It is queued at once, unless it has an `initial` status: then it waits for the jobs `after` which it starts, and
    for those stored with it at the places `after_items`.
    """

    job_type_id: int
    job_type_rev_id: int
    max_tries: int
    input: Document
    configuration: Document | None
    input_file_size: float
    source: SourceMetadata = SourceMetadata()
    not_before: datetime | None = None
    after: Sequence[int] | None = None
    after_items: Sequence[int] | None = None
    initial: JobStatus | None = None
    labels: Labels | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """All that is stored and not null, by column."""
        columns = self._asdict() | self.source._asdict()
        del columns["source"]
        return {name: value for name, value in columns.items() if value is not None}


class RequestKey(NamedTuple):
    """The key of a request, which stands for what it made; of many jobs with those that were refused, by their place."""

    key: str
    body_digest: str
    is_many: bool = False
    refused: Mapping[str, Document] | None = None


class FileDetails(Update):
    """What is known of a file, beside where it lies: geometries as WKT."""

    data_started: datetime | None = None
    data_ended: datetime | None = None
    source_started: datetime | None = None
    source_ended: datetime | None = None
    source_sensor_class: str | None = None
    source_sensor: str | None = None
    source_collection: str | None = None
    source_task: str | None = None
    geometry: str | None = None
    center_point: str | None = None
    data_type_tags: Sequence[str] = ()
    meta_data: Document = {}


class FileInsert(NamedTuple):
    """A new file; `file_size` is in bytes. A product has what made it, and was published with the end of its job."""

    workspace_id: int
    file_name: str
    file_path: str
    file_type: str
    file_size: int
    media_type: str
    uuid: str
    details: FileDetails = FileDetails()
    job_type_id: int | None = None
    job_id: int | None = None
    job_exe_id: int | None = None
    job_output: str | None = None
    recipe_id: int | None = None
    batch_id: int | None = None
    published: datetime | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """All that is stored, by column: the same ones for all files, so that many can be stored at once."""
        is_published = self.published is not None
        own = {name: value for name, value in self._asdict().items() if name != "details"}
        return own | dict(self.details) | {"is_published": is_published, "has_been_published": is_published}
