"""Makes the smallest valid row of any table, with the rows that it has to point to."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, DateTime, Double, Table, Text, insert
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.tables import Base
from jobsvc.domain.seed_document import normalise
from tests.factories import manifest

TABLES = Base.metadata.tables
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NUMBERS = count(1000)
CHOSEN: dict[str, dict[str, Any]] = {
    "job_type": {"manifest": normalise(manifest())},
    "job_type_revision": {"manifest": normalise(manifest())},
    "job": {"status": "PENDING"},
    "execution": {"status": "RUNNING", "started": NOON},
    "error": {"category": "DATA"},
    "file": {"file_type": "SOURCE"},
    "bulk_operation": {"kind": "CANCEL"},
    "log_line": {"stream": "stdout"},
    "access_token": {"role": "viewer"},
    "dependency_change": {"parent_id": 1},
}
"""Values that a CHECK, or a reader of the row, leaves no other choice for."""


async def add(connection: AsyncConnection, table: Table, **columns: Any) -> dict[str, Any]:
    """Insert a row with these columns; what else it needs is made up. Gives the whole row."""
    values = CHOSEN.get(table.name, {}) | columns
    for column in table.columns:
        if column.name not in values and is_required(column):
            values[column.name] = await make_up(connection, column)
    row = await connection.execute(insert(table).values(**values).returning(table))
    return dict(row.one()._mapping)


def is_required(column: Column[Any]) -> bool:
    """Whether a row has to give this column."""
    return not column.nullable and column.server_default is None and column.identity is None


async def make_up(connection: AsyncConnection, column: Column[Any]) -> Any:
    """A value that no other row has, where that is possible; for a reference, a new row of the other table."""
    for key in column.foreign_keys:
        return (await add(connection, key.column.table))[key.column.name]
    value: Any
    match column.type:
        case Text():
            value = f"{column.name}-{next(NUMBERS)}"
        case BigInteger() | Double():
            value = next(NUMBERS)
        case DateTime():
            value = NOON
        case Date():
            value = NOON.date() + timedelta(days=next(NUMBERS))
        case JSONB():
            value = {}
        case ARRAY():
            number = next(NUMBERS)
            value = [f"{column.name}-{number}" if isinstance(column.type.item_type, Text) else number]
        case Boolean():
            value = False
        case _:
            raise AssertionError(column)
    return value
