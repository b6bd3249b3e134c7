"""Every schema that there ever was is brought to the newest one with rows in all of its tables, and the service reads them."""

from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Column, MetaData, Table, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.db.migrate import check, migrate, migrations_dir
from jobsvc.db.tables.events import PARTITION
from jobsvc.db.transfer.tables import COUNTED
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.db.rows import CHOSEN, add, make_up
from tests.support import Client

REVISIONS = sorted(script.revision for script in ScriptDirectory(str(migrations_dir())).walk_revisions())
INVALID = (
    "SELECT conname FROM pg_constraint WHERE NOT convalidated"
    " UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid"
)
KEPT = COUNTED | {"alembic_version"}
Rows = dict[str, list[dict[str, Any]]]


async def reflected(connection: AsyncConnection) -> list[Table]:
    """The tables as they are in the database, those that others point to first; without what the database keeps by itself."""
    metadata = MetaData()
    await connection.run_sync(metadata.reflect)
    return [table for table in metadata.sorted_tables if table.name not in KEPT and not table.name.startswith(PARTITION)]


async def checked_columns(connection: AsyncConnection, table: Table) -> str:
    """The texts of all checks of a table, to look for columns in."""
    checks = await connection.run_sync(lambda sync: inspect(sync).get_check_constraints(table.name))
    return " ".join(item["sqltext"] for item in checks)


async def populate(connection: AsyncConnection) -> None:
    """Two rows for each table that has none: one with as little as possible, one with a value in every column that is free."""
    for table in await reflected(connection):
        if await connection.scalar(select(1).select_from(table).limit(1)) is None:
            await add(connection, table)
        if table.name != "scheduler":
            checks = await checked_columns(connection, table)
            free = [column for column in table.columns if column.nullable and f"{column.name} " not in f"{checks} "]
            values = {column.name: await value(connection, column) for column in free}
            await add(connection, table, **(CHOSEN.get(table.name, {}) | values))


async def value(connection: AsyncConnection, column: Column[Any]) -> Any:
    """A value for a column that may be empty: a reference leads to a row that is there."""
    for key in column.foreign_keys:
        return await connection.scalar(select(key.column).limit(1))
    return await make_up(connection, column)


async def rows(connection: AsyncConnection) -> Rows:
    """All rows of all tables."""
    result: Rows = {}
    for table in await reflected(connection):
        query = text(f"SELECT to_jsonb(t) FROM {table.name} t ORDER BY to_jsonb(t)")  # noqa: S608 - a name of ours
        result[table.name] = list((await connection.execute(query)).scalars())
    return result


@pytest.mark.parametrize("revision", REVISIONS)
async def test_a_populated_database_is_upgraded(bare_db: Database, settings: Settings, revision: str) -> None:
    await migrate(bare_db.engine, revision)
    async with bare_db.engine.begin() as connection:
        await populate(connection)
        before = await rows(connection)
    assert [name for name, stored in before.items() if not stored] == []
    await migrate(bare_db.engine)
    await check(bare_db.engine)
    async with bare_db.engine.connect() as connection:
        after = await rows(connection)
        assert (await connection.execute(text(INVALID))).scalars().all() == []
    assert missing(before, after) == {}
    await read_all(bare_db, settings, before)


def missing(before: Rows, after: Rows) -> Rows:
    """The rows that are not there any more as they were, whatever columns they have gained."""
    gone: Rows = {}
    for name, stored in before.items():
        lost = [row for row in stored if not any(row.items() <= other.items() for other in after.get(name, []))]
        if lost:
            gone[name] = lost
    return gone


async def read_all(database: Database, settings: Settings, stored: Rows) -> None:
    """Ask for every job, execution and log, in all lists and one by one."""
    app = bare_app({})
    app.state.services = api_services(settings, database)
    jobs, executions = ([row["id"] for row in stored[name]] for name in ("job", "execution"))
    async with Client(app) as client:
        assert (await client.get("/v6/jobs/")).json()["count"] == len(jobs)
        assert (await client.get("/jobs/")).json()["count"] == len(jobs)
        for path in (
            *(f"/v6/{name}/" for name in ("files", "batches", "recipes", "job-types", "nodes", "workspaces", "errors")),
            *(f"{prefix}/jobs/{job}/" for job in jobs for prefix in ("/v6", "/v3")),
            *(f"/v6/jobs/{job}/executions/" for job in jobs),
            *(f"/v6/jobs/{row['job_id']}/executions/{row['exe_num']}/" for row in stored["execution"]),
            *(f"/v3/job-executions/{execution}/" for execution in executions),
            *(f"/v6/job-executions/{execution}/logs/combined/" for execution in executions),
        ):
            answer = await client.get(path)
            assert answer.status_code in {200, 204}, (path, answer.text)


def test_a_row_that_is_lost_or_changed_is_noticed() -> None:
    before: Rows = {"job": [{"id": 1, "status": "PENDING"}, {"id": 2, "status": "PENDING"}]}
    assert missing(before, {"job": [{"id": 1, "status": "PENDING", "new": 0}, {"id": 2, "status": "FAILED"}]}) == {
        "job": [{"id": 2, "status": "PENDING"}]
    }
    assert missing(before, {}) == before
