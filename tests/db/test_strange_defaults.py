"""A database whose administrator has set defaults of its own: the service says itself what it relies on."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from jobsvc.db.backups.restoring import RestoreTarget
from jobsvc.db.backups.saving import moment_of
from jobsvc.db.database import Database
from jobsvc.db.migrate import migrate
from tests.conftest import execute_alone

ISOLATION = text("SHOW default_transaction_isolation")
SLOW_TABLES = (
    "CREATE FUNCTION dawdle() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); END'",
    "CREATE EVENT TRIGGER dawdle ON ddl_command_start WHEN TAG IN ('ALTER SEQUENCE') EXECUTE FUNCTION dawdle()",
)
SLOW_STATISTICS = (
    "CREATE TABLE slow (id int)",
    "INSERT INTO slow SELECT generate_series(1, 100)",
    "CREATE FUNCTION slowly(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.002); RETURN $1; END'",
    "CREATE INDEX slow_index ON slow (slowly(id))",
)


@pytest.fixture
async def strange(new_url: str) -> AsyncIterator[Database]:
    """It as the service sees it."""
    database = Database.connect(new_url)
    yield database
    await database.close()


@pytest.mark.parametrize("options", ["", "options=-c%20default_transaction_isolation%3Dserializable"])
async def test_transactions_see_what_others_commit_whatever_the_default_is(new_url: str, options: str) -> None:
    await set_default(new_url, "default_transaction_isolation", "serializable")
    strange = Database.connect(f"{new_url}{'&' if '?' in new_url else '?'}{options}")
    await strange.check()
    for use in (strange.transaction, strange.reading):
        async with use() as tx:
            assert (await tx._connection.execute(ISOLATION)).scalar_one() == "read committed"
    await strange.close()


async def test_a_migration_takes_its_time_whatever_a_statement_may_take_by_default(new_url: str, strange: Database) -> None:
    await execute(new_url, *SLOW_TABLES, "CREATE SEQUENCE one")
    await set_default(new_url, "statement_timeout", "100ms")
    with pytest.raises(Exception, match="statement timeout"):
        await execute(new_url, "ALTER SEQUENCE one RESTART")
    await migrate(strange.engine)
    async with strange.engine.connect() as connection:
        assert await connection.scalar(text("SHOW statement_timeout")) == "100ms"
        assert await connection.scalar(text("SHOW lock_timeout")) == "0"


async def test_the_moment_of_a_backup_lasts_and_a_restored_one_is_analyzed(new_url: str, strange: Database) -> None:
    await execute(new_url, *SLOW_STATISTICS)
    for name in ("idle_in_transaction_session_timeout", "statement_timeout"):
        await set_default(new_url, name, "50ms")
    async with moment_of(strange.engine) as moment:
        await asyncio.sleep(0.2)
        assert await moment._connection.scalar(text("SELECT 1")) == 1
    await RestoreTarget(strange.engine).analyze()


async def set_default(url: str, name: str, value: str) -> None:
    """For connections that are made from now on."""
    await execute(url, f"ALTER DATABASE {make_url(url).database} SET {name} = '{value}'")


async def execute(url: str, *statements: str) -> None:
    """As somebody else, with the defaults as they are."""
    for statement in statements:
        await execute_alone(url.replace("postgresql+asyncpg", "postgresql"), statement)
