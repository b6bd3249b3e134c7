"""In what sequence: whitelisted fields, each ascending or descending."""

from dataclasses import dataclass
from enum import StrEnum

from jobsvc.domain.errors import InvalidRequest


class JobOrderField(StrEnum):
    """What jobs can be ordered by: columns, and columns of what they point to as `__` paths (behaviour.md, section 3.2)."""

    ID = "id"
    STATUS = "status"
    NUM_EXES = "num_exes"
    MAX_TRIES = "max_tries"
    PRIORITY = "priority"
    TIMEOUT = "timeout"
    CPUS_REQUIRED = "cpus_required"
    MEM_REQUIRED = "mem_required"
    DISK_OUT_REQUIRED = "disk_out_required"
    INPUT_FILE_SIZE = "input_file_size"
    IS_SUPERSEDED = "is_superseded"
    SUPERSEDED_JOB = "superseded_job"
    ROOT_SUPERSEDED_JOB = "root_superseded_job"
    DELETE_SUPERSEDED = "delete_superseded"
    SOURCE_STARTED = "source_started"
    SOURCE_ENDED = "source_ended"
    SOURCE_SENSOR_CLASS = "source_sensor_class"
    SOURCE_SENSOR = "source_sensor"
    SOURCE_COLLECTION = "source_collection"
    SOURCE_TASK = "source_task"
    CREATED = "created"
    QUEUED = "queued"
    STARTED = "started"
    ENDED = "ended"
    LAST_STATUS_CHANGE = "last_status_change"
    SUPERSEDED = "superseded"
    LAST_MODIFIED = "last_modified"
    DURATION = "duration"
    JOB_TYPE_ID = "job_type__id"
    JOB_TYPE_NAME = "job_type__name"
    JOB_TYPE_VERSION = "job_type__version"
    JOB_TYPE_TITLE = "job_type__title"
    JOB_TYPE_CATEGORY = "job_type__category"
    JOB_TYPE_REV_NUM = "job_type_rev__revision_num"
    EVENT_ID = "event__id"
    EVENT_TYPE = "event__type"
    EVENT_OCCURRED = "event__occurred"
    RECIPE_ID = "recipe__id"
    RECIPE_TYPE_NAME = "recipe__recipe_type__name"
    RECIPE_TYPE_TITLE = "recipe__recipe_type__title"
    BATCH_ID = "batch__id"
    BATCH_TITLE = "batch__title"
    NODE_ID = "node__id"
    NODE_HOSTNAME = "node__hostname"
    ERROR_ID = "error__id"
    ERROR_NAME = "error__name"
    ERROR_TITLE = "error__title"
    ERROR_CATEGORY = "error__category"


@dataclass(frozen=True)
class OrderBy:
    """One key of an order."""

    field: JobOrderField
    descending: bool = False


def parse_order(values: list[str], aliases: dict[str, str]) -> tuple[OrderBy, ...]:
    """Read `order` values such as `-created`; `aliases` are a generation's further spellings of the fields.

    Raises InvalidRequest for a field that is not offered, so that a misspelt order is never silently another one.
    """
    return tuple(_key(value, aliases) for value in values)


def _key(value: str, aliases: dict[str, str]) -> OrderBy:
    name = value.removeprefix("-")
    try:
        return OrderBy(JobOrderField(aliases.get(name, name)), descending=value.startswith("-"))
    except ValueError:
        raise InvalidRequest(f"order: jobs cannot be ordered by '{name}'.") from None
