"""In what sequence: whitelisted fields, each ascending or descending."""

from dataclasses import dataclass
from enum import StrEnum

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.sorting import choices


class JobOrderField(StrEnum):
    """What jobs can be ordered by: columns, and columns of what they point to as `__` paths.

    See docs/spec/behaviour/job-list.md#order.

    `cause` is the event, or the ingest event of a job that has no other. What holds JSON has no order.
    """

    ID = "id"
    STATUS = "status"
    NUM_EXES = "num_exes"
    MAX_TRIES = "max_tries"
    PRIORITY = "priority"
    TIMEOUT = "timeout"
    CPUS_REQUIRED = "cpus_required"
    MEM_REQUIRED = "mem_required"
    DISK_IN_REQUIRED = "disk_in_required"
    DISK_OUT_REQUIRED = "disk_out_required"
    DISK_TOTAL_REQUIRED = "disk_total_required"
    INPUT_FILE_SIZE = "input_file_size"
    IS_SUPERSEDED = "is_superseded"
    SUPERSEDED_JOB = "superseded_job"
    ROOT_SUPERSEDED_JOB = "root_superseded_job"
    SUPERSEDED_BY_JOB = "superseded_by_job"
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
    JOB_TYPE_DESCRIPTION = "job_type__description"
    JOB_TYPE_CATEGORY = "job_type__category"
    JOB_TYPE_AUTHOR_NAME = "job_type__author_name"
    JOB_TYPE_AUTHOR_URL = "job_type__author_url"
    JOB_TYPE_IS_SYSTEM = "job_type__is_system"
    JOB_TYPE_IS_LONG_RUNNING = "job_type__is_long_running"
    JOB_TYPE_IS_ACTIVE = "job_type__is_active"
    JOB_TYPE_IS_OPERATIONAL = "job_type__is_operational"
    JOB_TYPE_IS_PAUSED = "job_type__is_paused"
    JOB_TYPE_IS_PUBLISHED = "job_type__is_published"
    JOB_TYPE_ICON_CODE = "job_type__icon_code"
    JOB_TYPE_UNMET_RESOURCES = "job_type__unmet_resources"
    JOB_TYPE_REVISION_NUM = "job_type__revision_num"
    JOB_TYPE_DOCKER_IMAGE = "job_type__docker_image"
    JOB_TYPE_USES_DOCKER = "job_type__uses_docker"
    JOB_TYPE_DOCKER_PRIVILEGED = "job_type__docker_privileged"
    JOB_TYPE_PRIORITY = "job_type__priority"
    JOB_TYPE_TIMEOUT = "job_type__timeout"
    JOB_TYPE_MAX_SCHEDULED = "job_type__max_scheduled"
    JOB_TYPE_MAX_TRIES = "job_type__max_tries"
    JOB_TYPE_CREATED = "job_type__created"
    JOB_TYPE_DEPRECATED = "job_type__deprecated"
    JOB_TYPE_PAUSED = "job_type__paused"
    JOB_TYPE_LAST_MODIFIED = "job_type__last_modified"
    JOB_TYPE_REV_ID = "job_type_rev__id"
    JOB_TYPE_REV_NUM = "job_type_rev__revision_num"
    JOB_TYPE_REV_DOCKER_IMAGE = "job_type_rev__docker_image"
    JOB_TYPE_REV_CREATED = "job_type_rev__created"
    EVENT_ID = "event__id"
    EVENT_TYPE = "event__type"
    EVENT_OCCURRED = "event__occurred"
    INGEST_EVENT_ID = "ingest_event__id"
    INGEST_EVENT_TYPE = "ingest_event__type"
    INGEST_EVENT_OCCURRED = "ingest_event__occurred"
    CAUSE_ID = "cause__id"
    CAUSE_TYPE = "cause__type"
    CAUSE_OCCURRED = "cause__occurred"
    EVENT_RULE_ID = "event__rule__id"
    EVENT_RULE_TYPE = "event__rule__type"
    EVENT_RULE_NAME = "event__rule__name"
    EVENT_RULE_IS_ACTIVE = "event__rule__is_active"
    EVENT_RULE_CREATED = "event__rule__created"
    EVENT_RULE_ARCHIVED = "event__rule__archived"
    EVENT_RULE_LAST_MODIFIED = "event__rule__last_modified"
    RECIPE_ID = "recipe__id"
    RECIPE_TYPE_ID = "recipe__recipe_type__id"
    RECIPE_TYPE_NAME = "recipe__recipe_type__name"
    RECIPE_TYPE_TITLE = "recipe__recipe_type__title"
    RECIPE_TYPE_DESCRIPTION = "recipe__recipe_type__description"
    RECIPE_TYPE_REVISION_NUM = "recipe__recipe_type__revision_num"
    RECIPE_TYPE_REV_ID = "recipe__recipe_type_rev__id"
    RECIPE_EVENT_ID = "recipe__event__id"
    BATCH_ID = "batch__id"
    BATCH_TITLE = "batch__title"
    BATCH_DESCRIPTION = "batch__description"
    BATCH_CREATED = "batch__created"
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
class OrderBy:
    """One key of an order."""

    field: JobOrderField
    descending: bool = False


def parse_order(values: list[str], aliases: dict[str, str]) -> tuple[OrderBy, ...]:
    """Read `order` values such as `-created`; `aliases` are a generation's further spellings of the fields.

    User interfaces write dots for `__`. Raises InvalidRequest, which names those there are, for a field that is not offered,
    so that a misspelt order is never silently another one.
    """
    return tuple(_key(value, aliases) for value in values)


def _key(value: str, aliases: dict[str, str]) -> OrderBy:
    name = value.removeprefix("-").replace(".", "__")
    try:
        return OrderBy(JobOrderField(aliases.get(name, name)), descending=value.startswith("-"))
    except ValueError:
        offered = choices(JobOrderField, aliases)
        raise InvalidRequest(f"order: jobs cannot be ordered by '{name}', but by {offered}.") from None
