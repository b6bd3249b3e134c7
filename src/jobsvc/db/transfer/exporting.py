"""One export: all rows as they are at one moment."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Select, Table, Text, cast, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.time_limits import LIFT_LIMITS

ROWS = 1000
"""Rows that are held in memory at a time."""


class ExportRepository:
    """Reads tables."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self) -> None:
        """Let all that follows in the transaction, of which this is the first statement, see the same moment."""
        await self._connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        await self._connection.execute(LIFT_LIMITS, {"is_local": True})

    async def pages(self, table: Table) -> AsyncIterator[Sequence[Sequence[Any]]]:
        """The rows of a table by their key, some at a time; documents are JSON texts."""
        async with self._connection.stream(_rows(table), execution_options={"yield_per": ROWS}) as rows:
            async for page in rows.partitions():
                yield page


def _rows(table: Table) -> Select[Any]:
    columns = (cast(column, Text).label(column.name) if isinstance(column.type, JSONB) else column for column in table.columns)
    return select(*columns).order_by(*table.primary_key.columns)
