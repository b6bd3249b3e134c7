"""How many jobs and executions there are, by what lists are filtered by; triggers and `fold_counts()` keep them.

Each count is what its table says and what the deltas say that are not in it yet. An `error_id` or `node_id` of 0 means none.
"""

from sqlalchemy import BigInteger, Boolean, Column, Date, Table, Text

from jobsvc.db.tables.base import Base


def _dimensions(*, are_keys: bool = True) -> list[Column[object]]:
    columns = (("job_type_id", BigInteger), ("status", Text), ("error_id", BigInteger), ("is_superseded", Boolean))
    return [Column(name, kind, primary_key=are_keys, nullable=False, autoincrement=False) for name, kind in columns]


def _key(name: str, kind: type[Text | Date | BigInteger]) -> Column[object]:
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
)
"""The same as `job_delta` of executions."""

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
"""The same as `job_count` of executions, by the node, too."""
