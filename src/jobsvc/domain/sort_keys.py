"""In what sequence lists other than that of jobs are shown: whitelisted fields, each ascending or descending."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from jobsvc.domain.errors import InvalidRequest

FieldT = TypeVar("FieldT", bound=StrEnum)


class ErrorOrderField(StrEnum):
    """What errors can be ordered by."""

    ID = "id"
    NAME = "name"
    TITLE = "title"
    DESCRIPTION = "description"
    JOB_TYPE_NAME = "job_type_name"
    CATEGORY = "category"
    IS_BUILTIN = "is_builtin"
    SHOULD_BE_RETRIED = "should_be_retried"
    CREATED = "created"
    LAST_MODIFIED = "last_modified"


class NodeOrderField(StrEnum):
    """What nodes can be ordered by."""

    ID = "id"
    HOSTNAME = "hostname"
    PAUSE_REASON = "pause_reason"
    IS_PAUSED = "is_paused"
    IS_ACTIVE = "is_active"
    DEPRECATED = "deprecated"
    CREATED = "created"
    LAST_MODIFIED = "last_modified"


class BatchOrderField(StrEnum):
    """What batches can be ordered by."""

    ID = "id"
    TITLE = "title"
    DESCRIPTION = "description"
    RECIPE_TYPE_ID = "recipe_type_id"
    RECIPE_TYPE_NAME = "recipe_type__name"
    RECIPE_TYPE_TITLE = "recipe_type__title"
    IS_CREATION_DONE = "is_creation_done"
    IS_SUPERSEDED = "is_superseded"
    JOBS_TOTAL = "jobs_total"
    JOBS_FAILED = "jobs_failed"
    JOBS_COMPLETED = "jobs_completed"
    RECIPES_TOTAL = "recipes_total"
    RECIPES_COMPLETED = "recipes_completed"
    CREATED = "created"
    SUPERSEDED = "superseded"
    LAST_MODIFIED = "last_modified"


class RecipeOrderField(StrEnum):
    """What recipes can be ordered by."""

    ID = "id"
    RECIPE_TYPE_ID = "recipe_type_id"
    RECIPE_TYPE_NAME = "recipe_type__name"
    RECIPE_TYPE_TITLE = "recipe_type__title"
    BATCH_ID = "batch_id"
    BATCH_TITLE = "batch__title"
    IS_SUPERSEDED = "is_superseded"
    IS_COMPLETED = "is_completed"
    INPUT_FILE_SIZE = "input_file_size"
    SOURCE_STARTED = "source_started"
    SOURCE_ENDED = "source_ended"
    SOURCE_SENSOR_CLASS = "source_sensor_class"
    SOURCE_SENSOR = "source_sensor"
    SOURCE_COLLECTION = "source_collection"
    SOURCE_TASK = "source_task"
    JOBS_TOTAL = "jobs_total"
    JOBS_FAILED = "jobs_failed"
    JOBS_COMPLETED = "jobs_completed"
    CREATED = "created"
    COMPLETED = "completed"
    SUPERSEDED = "superseded"
    LAST_MODIFIED = "last_modified"


class ExecutionOrderField(StrEnum):
    """What the executions of all jobs can be ordered by; two paths lead to the job type (behaviour.md, section 10.6)."""

    ID = "id"
    STATUS = "status"
    COMMAND_ARGUMENTS = "command_arguments"
    TIMEOUT = "timeout"
    CREATED = "created"
    QUEUED = "queued"
    STARTED = "started"
    ENDED = "ended"
    LAST_MODIFIED = "last_modified"
    JOB_ID = "job__id"
    JOB_STATUS = "job__status"
    JOB_TYPE_ID = "job_type__id"
    JOB_TYPE_NAME = "job_type__name"
    JOB_TYPE_VERSION = "job_type__version"
    JOB_TYPE_CATEGORY = "job_type__category"
    TYPE_OF_JOB_ID = "job__job_type__id"
    TYPE_OF_JOB_NAME = "job__job_type__name"
    TYPE_OF_JOB_VERSION = "job__job_type__version"
    TYPE_OF_JOB_CATEGORY = "job__job_type__category"
    NODE_ID = "node__id"
    NODE_HOSTNAME = "node__hostname"
    ERROR_ID = "error__id"
    ERROR_NAME = "error__name"
    ERROR_CATEGORY = "error__category"


@dataclass(frozen=True)
class SortKey(Generic[FieldT]):
    """One key of an order."""

    field: FieldT
    descending: bool = False


def parse_sort(
    values: list[str] | None, fields: type[FieldT], aliases: Mapping[str, str] = MappingProxyType({})
) -> tuple[SortKey[FieldT], ...]:
    """Read `order` values such as `-created`; nothing given is `last_modified`, user interfaces write dots for `__`.

    `aliases` are further spellings of the fields.

    Raises InvalidRequest for a field that is not offered, so that a misspelt order is never silently another one.
    """
    return tuple(_key(value, fields, aliases) for value in values or ["last_modified"])


def _key(value: str, fields: type[FieldT], aliases: Mapping[str, str]) -> SortKey[FieldT]:
    written = value.removeprefix("-").replace(".", "__")
    name = aliases.get(written, written)
    if name not in {field.value for field in fields}:
        raise InvalidRequest(f"order: these results cannot be ordered by '{name}'.")
    return SortKey(fields(name), descending=value.startswith("-"))
