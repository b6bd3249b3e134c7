"""What the code of released versions asks of the database, the newest schema answers.

While an upgrade is going on, processes of the release before run on the new schema. The files are made by
`scripts/record_statements.py` when a release is made (docs/development/releases.md).
"""

import re
from pathlib import Path

import pytest
from scripts.statements import read
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.database import Database

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "tests" / "data" / "statements").glob("*.jsonl.gz"))
TABLES = ("job", "queue", "lease", "execution", "bulk_operation", "job_type", "log_line", "file", "idempotency_key", "worker")


async def replay(connection: AsyncConnection, file: Path) -> list[str]:
    """Run all statements in their sequence; gives those that met another number of rows than when they were recorded.

    But for those of log lines, which are written by COPY, and that is no statement.
    """
    # The statements have the tokens of their recording in them, and tests before may have used these up.
    await connection.execute(text("ALTER SEQUENCE lease_token RESTART"))
    different = []
    for statement in read(file):
        result = await connection.exec_driver_sql(statement.sql, statement.parameters)
        if statement.rows not in {-1, result.rowcount} and "log_line" not in statement.sql:
            different.append(f"{result.rowcount} instead of {statement.rows} rows: {statement.sql}")
    return different


def test_there_is_a_file_for_each_release_that_was_made() -> None:
    released = re.findall(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert {file.name for file in FILES} == {f"{version}.jsonl.gz" for version in released}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_statements_of_a_release_run_on_the_newest_schema(db: Database, file: Path) -> None:
    async with db.engine.connect() as connection:
        assert await replay(connection, file) == []
        await connection.rollback()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_scenario_touches_what_matters(file: Path) -> None:
    asked = " ".join(statement.sql for statement in read(file))
    for table in TABLES:
        assert f" {table} " in asked or f" {table}\n" in asked, table


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE job RENAME COLUMN num_exes TO executions",
        "ALTER TABLE lease DROP COLUMN token",
        "ALTER TABLE job_type ADD COLUMN colour text NOT NULL",
    ],
)
async def test_a_schema_that_the_release_cannot_use_is_noticed(db: Database, change: str) -> None:
    async with db.engine.connect() as connection:
        await connection.execute(text(change))
        with pytest.raises((ProgrammingError, IntegrityError), match=r"num_exes|token|colour"):
            await replay(connection, FILES[0])
        await connection.rollback()
