"""In what sequence lists other than that of jobs are shown: whitelisted fields, each ascending or descending."""

from dataclasses import dataclass
from enum import StrEnum
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


@dataclass(frozen=True)
class SortKey(Generic[FieldT]):
    """One key of an order."""

    field: FieldT
    descending: bool = False


def parse_sort(values: list[str] | None, fields: type[FieldT]) -> tuple[SortKey[FieldT], ...]:
    """Read `order` values such as `-created`; nothing given is `last_modified`, user interfaces write dots for `__`.

    Raises InvalidRequest for a field that is not offered, so that a misspelt order is never silently another one.
    """
    return tuple(_key(value, fields) for value in values or ["last_modified"])


def _key(value: str, fields: type[FieldT]) -> SortKey[FieldT]:
    name = value.removeprefix("-").replace(".", "__")
    if name not in {field.value for field in fields}:
        raise InvalidRequest(f"order: these results cannot be ordered by '{name}'.")
    return SortKey(fields(name), descending=value.startswith("-"))
