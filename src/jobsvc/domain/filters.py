"""Which jobs, executions or files: one field per criterion. Values inside a field are OR-ed, fields are AND-ed.

None means "no condition"; an empty set matches nothing (the generations turn an empty list into None, as documented).
Callers spell criteria by a rule (`domain/spelling.py`), and the few that a generation spells otherwise or does not have stand in
`api/*/filters.py`; SQL is in `db/clauses.py`. Query parameters, members of bulk requests, arguments of the client and options of
the command line are made of what stands here.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from jobsvc.domain.status import ErrorCategory, ExecutionStatus, JobStatus

Ids = frozenset[int]
Texts = frozenset[str]


def _choices(words: type[StrEnum]) -> str:
    return f"Choices: [{', '.join(words)}]."


JOB_STATUSES, EXECUTION_STATUSES, CATEGORIES = _choices(JobStatus), _choices(ExecutionStatus), _choices(ErrorCategory)


class FileTime(StrEnum):
    """Which times of a file a range is compared with."""

    LAST_MODIFIED = "last_modified"
    DATA = "data"
    SOURCE = "source"


class _Filter(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class JobFilter(_Filter):
    """Criteria for jobs, the same for lists, counts and bulk operations of all generations (docs/spec/services/README.md)."""

    started: datetime | None = Field(None, description="The start of the time range to query (of `last_modified`).")
    ended: datetime | None = Field(None, description="End of the time range to query (of `last_modified`).")
    source_started: datetime | None = Field(None, description="The start of the source file time range to query.")
    source_ended: datetime | None = Field(None, description="End of the source file time range to query.")
    source_sensor_classes: Texts | None = Field(None, description="Only jobs for the given source sensor class.")
    source_sensors: Texts | None = Field(None, description="Only jobs for the given source sensor.")
    source_collections: Texts | None = Field(None, description="Only jobs for the given source collection.")
    source_tasks: Texts | None = Field(None, description="Only jobs for the given source task.")
    statuses: Texts | None = Field(None, description="Only jobs with a status matching this string. " + JOB_STATUSES)
    job_ids: Ids | None = Field(None, description="Only jobs with a given identifier.")
    job_type_ids: Ids | None = Field(None, description="Only jobs with a given job type identifier.")
    job_type_names: Texts | None = Field(None, description="Only jobs with a given job type name.")
    job_type_categories: Texts | None = Field(None, description="Only jobs with a given job type category.")
    batch_ids: Ids | None = Field(None, description="Only jobs associated with the given batch identifier.")
    recipe_ids: Ids | None = Field(None, description="Only jobs associated with the given recipe identifier.")
    error_categories: Texts | None = Field(
        None, description="Only jobs that failed due to an error with a given category. " + CATEGORIES
    )
    error_ids: Ids | None = Field(None, description="Only jobs that failed with this error.")
    is_superseded: bool | None = Field(None, description="Only jobs matching the is_superseded flag. Defaults to all jobs.")
    labels: Texts | None = Field(
        None, description="Only jobs with a given label: `key:value`, or `key` for any value. Of several keys a job has all."
    )


class ExecutionFilter(_Filter):
    """Criteria for executions; the time range is that of `last_modified` (docs/spec/services/README.md)."""

    started: datetime | None = Field(None, description="The start of the time range to query (of `last_modified`).")
    ended: datetime | None = Field(None, description="End of the time range to query (of `last_modified`).")
    statuses: Texts | None = Field(None, description="Only executions with a status matching this string. " + EXECUTION_STATUSES)
    job_ids: Ids | None = Field(None, description="Only executions of a given job.")
    job_type_ids: Ids | None = Field(None, description="Only executions of jobs with a given job type identifier.")
    job_type_names: Texts | None = Field(None, description="Only executions of jobs with a given job type name.")
    job_type_categories: Texts | None = Field(None, description="Only executions of jobs with a given job type category.")
    node_ids: Ids | None = Field(None, description="Only executions that ran on a given node.")
    error_ids: Ids | None = Field(None, description="Only executions that had the given error.")
    error_categories: Texts | None = Field(
        None, description="Only executions that had an error in the given category. " + CATEGORIES
    )


class FileFilter(_Filter):
    """Criteria for files; `time_field` chooses what `started` and `ended` compare (docs/spec/services/v6-job-input-files.md)."""

    started: datetime | None = Field(None, description="The start of the time range to query.")
    ended: datetime | None = Field(None, description="The end of the time range to query.")
    time_field: FileTime = Field(FileTime.LAST_MODIFIED, description="Time field(s) that started and ended use.")
    created_started: datetime | None = Field(None, description="The start of the time range in which files were recorded.")
    created_ended: datetime | None = Field(None, description="The end of the time range in which files were recorded.")
    modified_started: datetime | None = Field(None, description="The start of the time range of the last changes.")
    modified_ended: datetime | None = Field(None, description="The end of the time range of the last changes.")
    data_started: datetime | None = Field(None, description="The start of the data time range to query.")
    data_ended: datetime | None = Field(None, description="The end of the data time range to query.")
    source_started: datetime | None = Field(None, description="The start of the source file time range to query.")
    source_ended: datetime | None = Field(None, description="The end of the source file time range to query.")
    source_sensor_classes: Texts | None = Field(None, description="Only files for the given source sensor class.")
    source_sensors: Texts | None = Field(None, description="Only files for the given source sensor.")
    source_collections: Texts | None = Field(None, description="Only files for the given source collection.")
    source_tasks: Texts | None = Field(None, description="Only files for the given source task.")
    countries: Texts | None = Field(None, description="Only files that cover a given country.")
    file_names: Texts | None = Field(None, description="Only files with this file name.")
    file_types: Texts | None = Field(None, description="Only files of a given type: SOURCE or PRODUCT.")
    media_types: Texts | None = Field(None, description="Only files with a given media type.")
    file_ids: Ids | None = Field(None, description="Only files with a given identifier.")
    job_ids: Ids | None = Field(None, description="Only files that were produced by a given job.")
    job_type_ids: Ids | None = Field(None, description="Only files that were produced by jobs of a given job type.")
    job_type_names: Texts | None = Field(None, description="Only files that were produced by a job type with a given name.")
    job_outputs: Texts | None = Field(None, description="Only files of a given job output.")
    recipe_ids: Ids | None = Field(None, description="Only files that were produced by a given recipe.")
    recipe_type_ids: Ids | None = Field(None, description="Only files that were produced by recipes of a given type.")
    recipe_nodes: Texts | None = Field(None, description="Only files that were produced by a given recipe node.")
    batch_ids: Ids | None = Field(None, description="Only files that were produced by a given batch.")
    workspace_ids: Ids | None = Field(None, description="Only files in a given workspace.")
    input_of_job: int | None = Field(None, description="Only files that this job reads.")
    job_input: str | None = Field(None, description="Only files for this job input.")


class JobTypeFilter(_Filter):
    """Criteria for job types (docs/spec/behaviour/siblings.md)."""

    keywords: Texts | None = Field(None, description="Only job types whose name, title, description or tags contain this text.")
    job_type_ids: Ids | None = Field(None, description="Only job types with a given identifier.")
    names: Texts | None = Field(None, description="Only job types with a given name.")
    is_active: bool | None = Field(None, description="Only job types that are active, or are not.")
    is_system: bool | None = Field(None, description="Only job types of the system, or the others.")


class TimeRange(_Filter):
    """A time range alone; what it is compared with is said where it is used."""

    started: datetime | None = Field(None, description="The start of the time range to query.")
    ended: datetime | None = Field(None, description="End of the time range to query.")


class V3JobTypeFilter(TimeRange):
    """Criteria for job types of the older generation; the time range is that of `last_modified`."""

    names: Texts | None = Field(None, description="Only job types with a given name.")
    categories: Texts | None = Field(None, description="Only job types with a given category.")
    is_active: bool | None = Field(None, description="Only job types that are active, or are not.")
    is_operational: bool | None = Field(None, description="Only job types that are operational, or are not.")


class ErrorFilter(TimeRange):
    """Criteria for errors; the time range is that of `last_modified` (docs/spec/behaviour/siblings.md)."""

    names: Texts | None = Field(None, description="Only errors with a given name.")
    job_type_names: Texts | None = Field(None, description="Only errors that job types with a given name declare.")
    categories: Texts | None = Field(None, description="Only errors in a given category. " + CATEGORIES)
    is_builtin: bool | None = Field(None, description="Only errors of the service itself, or the others.")


class NodeFilter(TimeRange):
    """Criteria for nodes; the time range is that of `last_modified` (docs/spec/behaviour/siblings.md)."""

    is_active: bool | None = Field(None, description="Only nodes that are active, or are not.")


class AuditFilter(TimeRange):
    """Criteria for entries of the audit; the time range is that of `at`."""

    users: Texts | None = Field(None, description="Only what a user with a given name asked for.")
    operations: Texts | None = Field(None, description="Only requests for a given operation, as `cancel_jobs`.")
    subjects: Texts | None = Field(None, description="Only requests that made or changed a given thing, as `/v6/jobs/1/`.")
    statuses: Ids | None = Field(None, description="Only requests that were answered with a given status, as 403.")
    addresses: Texts | None = Field(None, description="Only requests from a given address.")
    request_ids: Texts | None = Field(None, description="Only the request with a given id.")


class WorkspaceFilter(TimeRange):
    """Criteria for workspaces; the time range is that of `last_modified`."""

    names: Texts | None = Field(None, description="Only workspaces with a given name.")


class BatchFilter(TimeRange):
    """Criteria for batches; the time range is that of `last_modified`."""

    recipe_type_ids: Ids | None = Field(None, description="Only batches with a given recipe type identifier.")
    root_batch_ids: Ids | None = Field(None, description="Only batches of the chain that begins with a given batch.")
    is_creation_done: bool | None = Field(None, description="Only batches whose recipes have all been made, or have not.")
    is_superseded: bool | None = Field(None, description="Only batches matching the is_superseded flag.")


class RecipeFilter(TimeRange):
    """Criteria for recipes; `started` and `ended` are compared with `last_modified`."""

    source_started: datetime | None = Field(None, description="The start of the source file time range to query.")
    source_ended: datetime | None = Field(None, description="End of the source file time range to query.")
    source_sensor_classes: Texts | None = Field(None, description="Only recipes for the given source sensor class.")
    source_sensors: Texts | None = Field(None, description="Only recipes for the given source sensor.")
    source_collections: Texts | None = Field(None, description="Only recipes for the given source collection.")
    source_tasks: Texts | None = Field(None, description="Only recipes for the given source task.")
    recipe_ids: Ids | None = Field(None, description="Only recipes with a given identifier.")
    recipe_type_ids: Ids | None = Field(None, description="Only recipes with a given recipe type identifier.")
    recipe_type_names: Texts | None = Field(None, description="Only recipes with a given recipe type name.")
    batch_ids: Ids | None = Field(None, description="Only recipes associated with the given batch identifier.")
    root_recipe_ids: Ids | None = Field(None, description="Only recipes below a given recipe.")
    is_superseded: bool | None = Field(None, description="Only recipes matching the is_superseded flag.")
    is_completed: bool | None = Field(None, description="Only recipes that are completed, or are not.")


class RecipeTypeFilter(_Filter):
    """Criteria for recipe types (docs/spec/behaviour/siblings.md)."""

    keywords: Texts | None = Field(None, description="Only recipe types whose name, title or description contains this text.")
    is_active: bool | None = Field(None, description="Only recipe types that are active, or are not.")
    is_system: bool | None = Field(None, description="Only recipe types of the system, or the others.")
