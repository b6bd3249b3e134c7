"""In what sequence lists are shown: whitelisted fields (those of jobs are in `job_sorting`), each ascending or descending."""

from collections.abc import Iterable, Mapping
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


class JobTypeOrderField(StrEnum):
    """What job types can be ordered by."""

    ID = "id"
    NAME = "name"
    VERSION = "version"
    TITLE = "title"
    DESCRIPTION = "description"
    CATEGORY = "category"
    AUTHOR_NAME = "author_name"
    AUTHOR_URL = "author_url"
    IS_SYSTEM = "is_system"
    IS_LONG_RUNNING = "is_long_running"
    IS_ACTIVE = "is_active"
    IS_OPERATIONAL = "is_operational"
    IS_PAUSED = "is_paused"
    ICON_CODE = "icon_code"
    DOCKER_IMAGE = "docker_image"
    REVISION_NUM = "revision_num"
    MAX_SCHEDULED = "max_scheduled"
    MAX_TRIES = "max_tries"
    CREATED = "created"
    DEPRECATED = "deprecated"
    PAUSED = "paused"
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


class WorkspaceOrderField(StrEnum):
    """What workspaces can be ordered by."""

    ID = "id"
    NAME = "name"
    TITLE = "title"
    DESCRIPTION = "description"
    BASE_URL = "base_url"
    IS_ACTIVE = "is_active"
    CREATED = "created"
    DEPRECATED = "deprecated"
    LAST_MODIFIED = "last_modified"


class FileOrderField(StrEnum):
    """What files can be ordered by: what is shown of them, but for lists and geometries, and of what they belong to."""

    ID = "id"
    FILE_NAME = "file_name"
    MEDIA_TYPE = "media_type"
    FILE_TYPE = "file_type"
    FILE_SIZE = "file_size"
    FILE_PATH = "file_path"
    IS_DELETED = "is_deleted"
    CREATED = "created"
    DELETED = "deleted"
    DATA_STARTED = "data_started"
    DATA_ENDED = "data_ended"
    SOURCE_STARTED = "source_started"
    SOURCE_ENDED = "source_ended"
    SOURCE_SENSOR_CLASS = "source_sensor_class"
    SOURCE_SENSOR = "source_sensor"
    SOURCE_COLLECTION = "source_collection"
    SOURCE_TASK = "source_task"
    LAST_MODIFIED = "last_modified"
    JOB_ID = "job_id"
    JOB_EXE_ID = "job_exe_id"
    JOB_OUTPUT = "job_output"
    RECIPE_ID = "recipe_id"
    RECIPE_NODE = "recipe_node"
    IS_SUPERSEDED = "is_superseded"
    SUPERSEDED = "superseded"
    WORKSPACE_ID = "workspace__id"
    WORKSPACE_NAME = "workspace__name"
    JOB_TYPE_ID = "job_type__id"
    JOB_TYPE_NAME = "job_type__name"
    JOB_TYPE_VERSION = "job_type__version"
    JOB_TYPE_TITLE = "job_type__title"
    JOB_TYPE_DESCRIPTION = "job_type__description"
    JOB_TYPE_IS_ACTIVE = "job_type__is_active"
    JOB_TYPE_IS_SYSTEM = "job_type__is_system"
    JOB_TYPE_IS_PAUSED = "job_type__is_paused"
    JOB_TYPE_IS_PUBLISHED = "job_type__is_published"
    JOB_TYPE_ICON_CODE = "job_type__icon_code"
    JOB_TYPE_UNMET_RESOURCES = "job_type__unmet_resources"
    JOB_TYPE_REVISION_NUM = "job_type__revision_num"
    RECIPE_TYPE_ID = "recipe_type__id"
    RECIPE_TYPE_NAME = "recipe_type__name"
    RECIPE_TYPE_TITLE = "recipe_type__title"
    RECIPE_TYPE_DESCRIPTION = "recipe_type__description"
    RECIPE_TYPE_REVISION_NUM = "recipe_type__revision_num"
    BATCH_ID = "batch__id"
    BATCH_TITLE = "batch__title"
    BATCH_DESCRIPTION = "batch__description"
    BATCH_CREATED = "batch__created"


class BatchOrderField(StrEnum):
    """What batches can be ordered by."""

    ID = "id"
    TITLE = "title"
    DESCRIPTION = "description"
    RECIPE_TYPE_ID = "recipe_type_id"
    RECIPE_TYPE_NAME = "recipe_type__name"
    RECIPE_TYPE_TITLE = "recipe_type__title"
    RECIPE_TYPE_DESCRIPTION = "recipe_type__description"
    RECIPE_TYPE_REVISION_NUM = "recipe_type__revision_num"
    EVENT_ID = "event__id"
    EVENT_TYPE = "event__type"
    EVENT_OCCURRED = "event__occurred"
    IS_CREATION_DONE = "is_creation_done"
    IS_SUPERSEDED = "is_superseded"
    JOBS_TOTAL = "jobs_total"
    JOBS_PENDING = "jobs_pending"
    JOBS_BLOCKED = "jobs_blocked"
    JOBS_QUEUED = "jobs_queued"
    JOBS_RUNNING = "jobs_running"
    JOBS_FAILED = "jobs_failed"
    JOBS_COMPLETED = "jobs_completed"
    JOBS_CANCELED = "jobs_canceled"
    RECIPES_ESTIMATED = "recipes_estimated"
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
    RECIPE_TYPE_DESCRIPTION = "recipe_type__description"
    RECIPE_TYPE_REVISION_NUM = "recipe_type__revision_num"
    EVENT_ID = "event__id"
    EVENT_TYPE = "event__type"
    EVENT_OCCURRED = "event__occurred"
    BATCH_ID = "batch_id"
    BATCH_TITLE = "batch__title"
    BATCH_DESCRIPTION = "batch__description"
    BATCH_CREATED = "batch__created"
    INGEST_EVENT_ID = "ingest_event__id"
    INGEST_EVENT_TYPE = "ingest_event__type"
    INGEST_EVENT_OCCURRED = "ingest_event__occurred"
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
    JOBS_PENDING = "jobs_pending"
    JOBS_BLOCKED = "jobs_blocked"
    JOBS_QUEUED = "jobs_queued"
    JOBS_RUNNING = "jobs_running"
    JOBS_FAILED = "jobs_failed"
    JOBS_COMPLETED = "jobs_completed"
    JOBS_CANCELED = "jobs_canceled"
    CREATED = "created"
    COMPLETED = "completed"
    SUPERSEDED = "superseded"
    LAST_MODIFIED = "last_modified"


class ExecutionOrderField(StrEnum):
    """What the executions of all jobs can be ordered by: what is shown of them and of what they belong to.

    Two paths lead to the job type (docs/spec/behaviour/v3-executions.md#list).
    """

    ID = "id"
    EXE_NUM = "exe_num"
    STATUS = "status"
    COMMAND_ARGUMENTS = "command_arguments"
    TIMEOUT = "timeout"
    PRE_STARTED = "pre_started"
    PRE_COMPLETED = "pre_completed"
    PRE_EXIT_CODE = "pre_exit_code"
    STEP_STARTED = "job_started"
    STEP_COMPLETED = "job_completed"
    STEP_EXIT_CODE = "job_exit_code"
    POST_STARTED = "post_started"
    POST_COMPLETED = "post_completed"
    POST_EXIT_CODE = "post_exit_code"
    CPUS_SCHEDULED = "cpus_scheduled"
    MEM_SCHEDULED = "mem_scheduled"
    DISK_IN_SCHEDULED = "disk_in_scheduled"
    DISK_OUT_SCHEDULED = "disk_out_scheduled"
    DISK_TOTAL_SCHEDULED = "disk_total_scheduled"
    CREATED = "created"
    QUEUED = "queued"
    STARTED = "started"
    ENDED = "ended"
    LAST_MODIFIED = "last_modified"
    JOB_ID = "job__id"
    JOB_STATUS = "job__status"
    JOB_PRIORITY = "job__priority"
    JOB_NUM_EXES = "job__num_exes"
    JOB_REVISION_ID = "job__job_type_rev__id"
    JOB_EVENT_ID = "job__event__id"
    JOB_ERROR_ID = "job__error__id"
    JOB_TYPE_ID = "job_type__id"
    JOB_TYPE_NAME = "job_type__name"
    JOB_TYPE_VERSION = "job_type__version"
    JOB_TYPE_TITLE = "job_type__title"
    JOB_TYPE_DESCRIPTION = "job_type__description"
    JOB_TYPE_CATEGORY = "job_type__category"
    JOB_TYPE_AUTHOR_NAME = "job_type__author_name"
    JOB_TYPE_AUTHOR_URL = "job_type__author_url"
    JOB_TYPE_IS_SYSTEM = "job_type__is_system"
    JOB_TYPE_IS_LONG_RUNNING = "job_type__is_long_running"
    JOB_TYPE_IS_ACTIVE = "job_type__is_active"
    JOB_TYPE_IS_OPERATIONAL = "job_type__is_operational"
    JOB_TYPE_IS_PAUSED = "job_type__is_paused"
    JOB_TYPE_ICON_CODE = "job_type__icon_code"
    TYPE_OF_JOB_ID = "job__job_type__id"
    TYPE_OF_JOB_NAME = "job__job_type__name"
    TYPE_OF_JOB_VERSION = "job__job_type__version"
    TYPE_OF_JOB_TITLE = "job__job_type__title"
    TYPE_OF_JOB_DESCRIPTION = "job__job_type__description"
    TYPE_OF_JOB_CATEGORY = "job__job_type__category"
    TYPE_OF_JOB_AUTHOR_NAME = "job__job_type__author_name"
    TYPE_OF_JOB_AUTHOR_URL = "job__job_type__author_url"
    TYPE_OF_JOB_IS_SYSTEM = "job__job_type__is_system"
    TYPE_OF_JOB_IS_LONG_RUNNING = "job__job_type__is_long_running"
    TYPE_OF_JOB_IS_ACTIVE = "job__job_type__is_active"
    TYPE_OF_JOB_IS_OPERATIONAL = "job__job_type__is_operational"
    TYPE_OF_JOB_IS_PAUSED = "job__job_type__is_paused"
    TYPE_OF_JOB_ICON_CODE = "job__job_type__icon_code"
    NODE_ID = "node__id"
    NODE_HOSTNAME = "node__hostname"
    NODE_PORT = "node__port"
    NODE_SLAVE_ID = "node__slave_id"
    NODE_PAUSE_REASON = "node__pause_reason"
    NODE_IS_PAUSED = "node__is_paused"
    NODE_IS_PAUSED_ERRORS = "node__is_paused_errors"
    NODE_IS_ACTIVE = "node__is_active"
    NODE_DEPRECATED = "node__deprecated"
    NODE_CREATED = "node__created"
    NODE_LAST_OFFER = "node__last_offer"
    NODE_LAST_MODIFIED = "node__last_modified"
    ERROR_ID = "error__id"
    ERROR_NAME = "error__name"
    ERROR_TITLE = "error__title"
    ERROR_DESCRIPTION = "error__description"
    ERROR_JOB_TYPE_NAME = "error__job_type_name"
    ERROR_CATEGORY = "error__category"
    ERROR_IS_BUILTIN = "error__is_builtin"
    ERROR_SHOULD_BE_RETRIED = "error__should_be_retried"
    ERROR_CREATED = "error__created"
    ERROR_LAST_MODIFIED = "error__last_modified"


@dataclass(frozen=True)
class SortKey(Generic[FieldT]):
    """One key of an order."""

    field: FieldT
    descending: bool = False


def choices(fields: Iterable[str], aliases: Iterable[str] = ()) -> str:
    """All names that an order can have, for people."""
    return ", ".join(sorted({*fields, *aliases}))


def parse_sort(
    values: list[str] | None,
    fields: type[FieldT],
    aliases: Mapping[str, str] = MappingProxyType({}),
    what: str = "these results",
) -> tuple[SortKey[FieldT], ...]:
    """Read `order` values such as `-created`; nothing given is `last_modified`, user interfaces write dots for `__`.

    `aliases` are further spellings of the fields; `what` is ordered, in the words of errors.

    Raises InvalidRequest, which names those there are, for a field that is not offered,
    so that a misspelt order is never silently another one.
    """
    return tuple(_key(value, fields, aliases, what) for value in values or ["last_modified"])


def _key(value: str, fields: type[FieldT], aliases: Mapping[str, str], what: str) -> SortKey[FieldT]:
    written = value.removeprefix("-").replace(".", "__")
    try:
        field = fields(aliases.get(written, written))
    except ValueError:
        offered = choices(fields, aliases)
        raise InvalidRequest(f"order: {what} cannot be ordered by '{written}', but by {offered}.") from None
    return SortKey(field, descending=value.startswith("-"))
