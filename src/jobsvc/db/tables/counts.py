"""How many jobs, executions and files there are, by what lists are filtered by; triggers and `fold_counts()` keep them.

Each count is what its table says and what the deltas say that are not in it yet. An `error_id` or `node_id` of 0 means none.
"""

from sqlalchemy import ARRAY, TIMESTAMP, BigInteger, Boolean, Column, Date, Table, Text

from jobsvc.db.tables.base import Base


def _dimensions(*, are_keys: bool = True) -> list[Column[object]]:
    columns = (("job_type_id", BigInteger), ("status", Text), ("error_id", BigInteger), ("is_superseded", Boolean))
    return [Column(name, kind, primary_key=are_keys, nullable=False, autoincrement=False) for name, kind in columns]


def _key(name: str, kind: type[Text | Date | BigInteger] | TIMESTAMP) -> Column[object]:
    return Column(name, kind, primary_key=True, autoincrement=False)


JOB_DELTA = Table(
    "job_delta",
    Base.metadata,
    Column("n", BigInteger, nullable=False),
    *_dimensions(are_keys=False),
    Column("modified_day", Date, nullable=False),
    Column("changed_day", Date),
    Column("batch_id", BigInteger),
    Column("source_started_day", Date, nullable=False),
    Column("source_ended_day", Date, nullable=False),
    Column("source_sensor_class", Text),
    Column("source_sensor", Text),
    Column("source_collection", Text),
    Column("source_task", Text),
)
"""What statements changed and nobody has folded yet: `n` more jobs that are like this."""

JOB_COUNT = Table(
    "job_count",
    Base.metadata,
    _key("grain", Text),
    _key("day", Date),
    *_dimensions(),
    Column("n", BigInteger, nullable=False),
)
"""By state; `grain` says over what: `all` time, or the day or month, by its first day, of `last_modified` (`modified_day`,
`modified_month`) or `last_status_change` (`changed_day`, `changed_month`)."""

JOB_BATCH_COUNT = Table(
    "job_batch_count",
    Base.metadata,
    _key("batch_id", BigInteger),
    *_dimensions(),
    Column("n", BigInteger, nullable=False),
)
"""By batch and state."""

JOB_SOURCE_COUNT = Table(
    "job_source_count",
    Base.metadata,
    _key("dimension", Text),
    _key("value", Text),
    _key("source_started_day", Date),
    _key("source_ended_day", Date),
    Column("n", BigInteger, nullable=False),
)
"""By the days of the source times (-infinity, infinity: none), for each value of the other source fields; '' is for all."""

JOB_SOURCE_REACH = Table(
    "job_source_reach",
    Base.metadata,
    _key("day", Date),
    Column("latest_started_day", Date, nullable=False),
    Column("earliest_ended_day", Date, nullable=False),
)
"""By the day of `last_modified` how far the times of sources reach, or further: on other days no job of a range can be."""

EXECUTION_DELTA = Table(
    "execution_delta",
    Base.metadata,
    Column("n", BigInteger, nullable=False),
    Column("job_type_id", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("error_id", BigInteger, nullable=False),
    Column("node_id", BigInteger, nullable=False),
    Column("modified_day", Date, nullable=False),
    *(Column(f"{name}_hour", TIMESTAMP(timezone=True)) for name in ("queued", "started", "ended")),
)
"""The same as `job_delta` of executions; an hour is the first full one that is not before the time."""

EXECUTION_COUNT = Table(
    "execution_count",
    Base.metadata,
    _key("grain", Text),
    _key("day", Date),
    _key("job_type_id", BigInteger),
    _key("status", Text),
    _key("error_id", BigInteger),
    _key("node_id", BigInteger),
    Column("n", BigInteger, nullable=False),
)
"""The same as `job_count` of executions, by the node, too; `all_states`, `states_day` and `states_month` are over all nodes and
errors (0), for lists that are asked for neither."""

LOAD_COUNT = Table(
    "load_count",
    Base.metadata,
    _key("state", Text),
    _key("job_type_id", BigInteger),
    _key("grain", Text),
    _key("moment", TIMESTAMP(timezone=True)),
    Column("n", BigInteger, nullable=False),
)
"""By how many more executions are `queued` and `running` at a full hour than at the one before, of a job type and of all (0), by
the `hour`, and summed up by its UTC `day` and `month`. The queue is not in it."""

_FILE_TEXTS = ("job_output", "recipe_node", "source_sensor_class", "source_sensor", "source_collection", "source_task")
FILE_DELTA = Table(
    "file_delta",
    Base.metadata,
    Column("n", BigInteger, nullable=False),
    *(Column(name, Text, nullable=False) for name in ("file_type", "media_type")),
    Column("workspace_id", BigInteger, nullable=False),
    Column("countries", ARRAY(Text), nullable=False),
    *(Column(name, BigInteger) for name in ("job_type_id", "recipe_type_id")),
    *(Column(name, Text) for name in _FILE_TEXTS),
)
"""The same as `job_delta` of files."""

FILE_COUNT = Table(
    "file_count",
    Base.metadata,
    _key("dimension", Text),
    _key("value", Text),
    Column("n", BigInteger, nullable=False),
)
"""By each value of a column (`dimension`), as text, of each country that `countries` has, and of all ('')."""
