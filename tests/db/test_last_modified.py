"""`last_modified` moves with every update of every table that has it: time filters and pollers rely on it."""

from datetime import datetime

import pytest
from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.db.rows import NOON, TABLES, add

DATED = [table for table in TABLES.values() if "last_modified" in table.columns]


async def after_update(connection: AsyncConnection, table: Table, **changes: object) -> tuple[datetime, datetime]:
    """`last_modified` of a row before and after an update."""
    # The table that always has its one row needs no other.
    row = {"id": 1} if table.name == "scheduler" else await add(connection, table)
    itself = table.c.id == row["id"]
    before = (await connection.execute(select(table.c.last_modified).where(itself))).scalar_one()
    await connection.execute(update(table).where(itself).values(id=row["id"], **changes))
    return before, (await connection.execute(select(table.c.last_modified).where(itself))).scalar_one()


@pytest.mark.parametrize("table", DATED, ids=lambda table: table.name)
async def test_any_update_moves_it(connection: AsyncConnection, table: Table) -> None:
    before, after = await after_update(connection, table)
    assert after > before


@pytest.mark.parametrize("table", DATED, ids=lambda table: table.name)
async def test_an_update_may_set_it(connection: AsyncConnection, table: Table) -> None:
    assert (await after_update(connection, table, last_modified=NOON))[1] == NOON


def test_the_tables_of_the_api_all_have_it() -> None:
    shown = {"job", "execution", "job_type", "file", "workspace", "error", "node", "batch", "recipe", "scheduler"}
    assert shown <= {table.name for table in DATED}
