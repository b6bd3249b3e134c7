"""A pooler in transaction mode: each transaction may have another connection of the server's, and leaves nothing on it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, literal, literal_column, make_url, select, text

from jobsvc.db import channels
from jobsvc.db.compiled import CompiledStatement
from jobsvc.db.database import Database
from jobsvc.db.migrate import is_current, migrate
from jobsvc.db.time_limits import time_limit
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable
from tests.conftest import execute_alone
from tests.db.test_listener import listening, notify, soon
from tests.pgbouncer import PgBouncer, needs_pgbouncer, pgbouncer

pytestmark = needs_pgbouncer
CONNECTIONS = 2
"""Of the server's, for more clients than that."""
STATE = text("SELECT (SELECT count(*) FROM pg_prepared_statements), current_setting('statement_timeout')")
SERVER_PID = CompiledStatement(select(func.pg_backend_pid()))


@pytest.fixture
def pooler(tmp_path: Path, database_url: str) -> Iterator[PgBouncer]:
    """One in front of the database of the tests."""
    with pgbouncer(tmp_path, database_url, pool_size=CONNECTIONS) as pooler:
        yield pooler


@pytest.fixture
async def pooled(db: Database, pooler: PgBouncer, database_url: str) -> AsyncIterator[Database]:
    """The test's database by way of it; `db` empties it afterwards."""
    database = Database.connect(pooler.url, direct_url=database_url, pool_size=3 * CONNECTIONS)
    yield database
    await database.close()
    assert db.is_pooled is False


async def test_statements_run_on_whichever_connection_is_free(pooled: Database) -> None:
    async def ask(number: int) -> int:
        """The same few statements as all others, within a transaction and without, and who answered."""
        statement = CompiledStatement(select(func.abs(literal_column(str(number % 5))) + literal(1)))
        async with pooled.reading() as tx:
            assert await statement.value(tx._connection) == number % 5 + 1
            pid: int = await SERVER_PID.value(tx._connection)
        async with pooled.transaction() as tx:
            assert await statement.value(tx._connection) == number % 5 + 1
            assert (await tx._connection.execute(text(f"SELECT {number % 7}"))).scalar_one() == number % 7
        return pid

    await pooled.check()
    free = set(await asyncio.gather(*(ask(number) for number in range(30))))
    # One is taken, so that all others have to share what is left.
    async with pooled.transaction() as tx:
        taken: int = await SERVER_PID.value(tx._connection)
        left = set(await asyncio.gather(*(ask(number) for number in range(30))))
    assert taken not in left
    assert len(free | left | {taken}) == CONNECTIONS
    async with pooled.transaction() as tx:
        assert (await tx._connection.execute(STATE)).one() == (0, "0")


async def test_a_time_limit_does_not_stay_on_the_connection(pooled: Database) -> None:
    for open_block in (pooled.reading, pooled.transaction):
        with pytest.raises(DatabaseBusy, match="Try less"):
            async with open_block() as tx, time_limit(tx._connection, 0.1, "Try less."):
                await CompiledStatement(select(func.pg_sleep(5))).rows(tx._connection)
    async with pooled.reading() as tx:
        assert (await tx._connection.execute(STATE)).one() == (0, "0")


async def test_who_listens_is_woken_by_what_is_sent_through_the_pooler(pooled: Database) -> None:
    async with listening(pooled, channels.BULK) as heard:
        await notify(pooled, channels.BULK, "1")
        assert await soon(heard) == "1"


async def test_two_migrate_at_once(bare_db: Database, pooler: PgBouncer) -> None:
    own = bare_db.engine.url
    through = make_url(pooler.url).set(database=own.database).render_as_string(hide_password=False)
    first, second = (Database.connect(through, direct_url=own.render_as_string(hide_password=False)) for _ in range(2))
    await asyncio.gather(migrate(first.direct), migrate(second.direct))
    async with first.engine.connect() as connection:
        assert await connection.run_sync(is_current)
    await first.close()
    await second.close()


@pytest.mark.parametrize("more", ["", "ignore_startup_parameters = jit"])
async def test_a_pooler_that_nobody_has_named_is_seen(tmp_path: Path, database_url: str, more: str) -> None:
    with pgbouncer(tmp_path, database_url, more=more) as pooler:
        for direct_url in (None, pooler.url):
            problem = await problem_of(pooler.url, direct_url)
            assert "is no PostgreSQL but a pooler in front of one: set JOBSVC_DATABASE_DIRECT_URL" in problem
            assert "\n" not in problem


async def test_both_addresses_have_to_lead_to_one_database(bare_db: Database, pooler: PgBouncer) -> None:
    other = bare_db.engine.url.render_as_string(hide_password=False)
    assert "lead to different databases" in await problem_of(pooler.url, other)


async def test_a_session_setting_that_poolers_refuse_is_named(pooler: PgBouncer, database_url: str) -> None:
    problem = await problem_of(f"{pooler.url}?options=-c%20work_mem%3D8MB", database_url)
    assert "unsupported startup parameter: options" in problem
    assert "leave that out of the URL" in problem


async def test_postgresql_itself_may_be_away_behind_the_pooler(pooler: PgBouncer) -> None:
    nowhere = "postgresql://me@127.0.0.1:1/nothing"
    assert "127.0.0.1:1/nothing cannot be used" in await problem_of(pooler.url, nowhere)


async def problem_of(url: str, direct_url: str | None) -> str:
    """What is said of a database that cannot be used."""
    database = Database.connect(url, direct_url=direct_url)
    with pytest.raises(DatabaseUnavailable) as caught:
        await database.check()
    await database.close()
    return str(caught.value)


async def test_another_isolation_than_the_service_needs_is_refused_where_it_cannot_say_so_itself(
    pooled: Database, db: Database, database_url: str
) -> None:
    default = f"ALTER DATABASE {make_url(database_url).database}"
    await execute_alone(database_url, f"{default} SET default_transaction_isolation = 'repeatable read'")
    try:
        with pytest.raises(DatabaseUnavailable, match=r"begin as `repeatable read`.*ALTER ROLE"):
            await pooled.check()
        await db.check()
    finally:
        await execute_alone(database_url, f"{default} RESET default_transaction_isolation")
