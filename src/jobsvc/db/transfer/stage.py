"""Where the rows of an import wait: a temporary table for each table, which the transaction takes with it when it ends.

Rows keep the number of their line, so that whatever is wrong with them later can be told by it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.transfer.tables import DIALECT, TABLES
from jobsvc.domain.transfer_lines import Rows


def stage_of(table: Table) -> str:
    """The name of a table's temporary table; it has the same columns, `line`, and `is_changed` for what the import fixes."""
    return f"import_{table.name}"


class Stage:
    """The temporary tables of one transaction, each made when there are rows for it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self.counts: dict[Table, int] = dict.fromkeys(TABLES, 0)
        """Rows of each table so far."""

    @property
    def tables(self) -> list[Table]:
        """The tables of which there are rows, in the sequence of the format."""
        return [table for table in TABLES if self.counts[table]]

    async def add(self, rows: Rows) -> None:
        """Take rows in."""
        for table in TABLES:
            if table.name in rows:
                if not self.counts[table]:
                    await self._connection.execute(text(_create(table)))
                await self._copy(table, rows[table.name])
                self.counts[table] += len(rows[table.name])

    async def analyze(self) -> None:
        """Let PostgreSQL count, so that it plans for what is there and not for the empty tables of before.

        Keys only: statistics of all columns take as long as many thousand rows, and autovacuum makes them later.
        """
        for table in self.tables:
            keys = ", ".join(table.primary_key.columns.keys())
            await self._connection.execute(text(f"ANALYZE {table.name} ({keys}), {stage_of(table)} ({keys})"))

    async def _copy(self, table: Table, rows: Sequence[Sequence[Any]]) -> None:
        raw = await self._connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.copy_records_to_table(stage_of(table), records=rows, columns=["line", *table.columns.keys()])


def _create(table: Table) -> str:
    columns = ", ".join(f"{column.name} {column.type.compile(DIALECT)}" for column in table.columns)
    more = "is_changed boolean"
    return f"CREATE TEMPORARY TABLE {stage_of(table)} (line bigint PRIMARY KEY, {columns}, {more}) ON COMMIT DROP"
