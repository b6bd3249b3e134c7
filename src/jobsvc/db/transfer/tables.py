"""Which tables imports and exports speak of, and their columns: all read off the tables themselves."""

import re
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, CheckConstraint, Column, DateTime, Double, Index, Table, Text, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from jobsvc.db.tables import Base, ErrorRow, ExecutionRow, JobRow, JobTypeRow, LogLineRow
from jobsvc.domain import transfer
from jobsvc.domain.transfer import Kind, TableFormat

COUNTED = {
    "job_count",
    "job_delta",
    "job_batch_count",
    "job_source_count",
    "job_source_reach",
    "execution_count",
    "execution_delta",
    "load_count",
    "file_count",
    "file_delta",
}
EVENTS = {"change_event", "expired_event_day"}
ACCESS = {"access_token", "audit_entry"}
WEBHOOKS = {"webhook", "webhook_delivery"}
NOT_DATA = (
    {
        "saved_view",
        "queue",
        "dependency_change",
        "unrecorded_execution",
        "retry_gate",
        "lease",
        "worker",
        "scheduler",
        "bulk_operation",
        "idempotency_key",
    }
    | ACCESS
    | COUNTED
    | EVENTS
    | WEBHOOKS
)
"""Tables of what goes on in this service; the queue is rebuilt from the jobs, and what is counted is counted again."""
METADATA = Base.metadata.tables
JOB_TYPE = METADATA[JobTypeRow.__tablename__]
JOB = METADATA[JobRow.__tablename__]
EXECUTION = METADATA[ExecutionRow.__tablename__]
ERROR = METADATA[ErrorRow.__tablename__]
LOG_LINE = METADATA[LogLineRow.__tablename__]

TABLES: tuple[Table, ...] = tuple(
    sorted((table for table in Base.metadata.sorted_tables if table.name not in NOT_DATA), key=lambda table: table is LOG_LINE)
)
"""The tables of the format; each comes after those that it points to, and the many lines of logs come last."""

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_CHOICES = re.compile(r"(\w+) IN \((.*)\)")


def table_format(table: Table) -> TableFormat:
    """A table in the words of the format."""
    choices = _choices(table)
    columns = (
        transfer.Column(column.name, _kind(column), is_required(column), choices.get(column.name, ()), referenced(column))
        for column in table.columns
    )
    return TableFormat(table.name, tuple(columns))


def is_required(column: Column[Any]) -> bool:
    """Whether a line has to have the column: ids are never made up, all else without a default is needed."""
    return column.primary_key or not (column.nullable or column.server_default is not None)


def default_of(column: Column[Any]) -> str | None:
    """The SQL of the default of a column that cannot be null and may be left out."""
    if column.nullable or is_required(column):
        return None
    default: Any = column.server_default
    return str(default.arg.compile(dialect=DIALECT))


def referenced(column: Column[Any]) -> str | None:
    """The table whose id the column holds."""
    return next((key.column.table.name for key in column.foreign_keys), None)


def references_itself(table: Table, name: str) -> bool:
    """Whether a column points to other rows of the same table."""
    return referenced(table.columns[name]) == table.name


def unique_keys(table: Table) -> list[tuple[tuple[str, ...], str]]:
    """The columns of each unique constraint and index but the primary key, and the condition under which it holds."""
    constraints = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    indexes: list[Index] = [index for index in table.indexes if index.unique]
    result = [(tuple(constraint.columns.keys()), "true") for constraint in constraints]
    return sorted(result + [(tuple(indexe.columns.keys()), _condition(indexe)) for indexe in indexes])


def checks(table: Table) -> list[str]:
    """The conditions that every row has to meet."""
    return sorted(str(constraint.sqltext) for constraint in table.constraints if isinstance(constraint, CheckConstraint))


def _condition(index: Index) -> str:
    where = index.dialect_options["postgresql"]["where"]
    return "true" if where is None else str(where)


def _choices(table: Table) -> dict[str, tuple[str, ...]]:
    """The words that CHECKs allow, by column."""
    result = (match for text in checks(table) if (match := _CHOICES.fullmatch(text)))
    return {match[1]: tuple(re.findall(r"'([^']*)'", match[2])) for match in result}


def _kind(column: Column[Any]) -> Kind:
    match column.type:
        case BigInteger():
            return Kind.ID if column.identity is not None or column.foreign_keys else Kind.INTEGER
        case ARRAY(item_type=BigInteger()):
            return Kind.INTEGERS
        case ARRAY(item_type=Text()):
            return Kind.TEXTS
        case other:
            return _KINDS[type(other)]


_KINDS: dict[type, Kind] = {
    Double: Kind.NUMBER,
    Boolean: Kind.BOOLEAN,
    Text: Kind.TEXT,
    DateTime: Kind.TIMESTAMP,
    JSONB: Kind.DOCUMENT,
}
FORMATS: tuple[TableFormat, ...] = tuple(map(table_format, TABLES))
