"""What a connection remembers of statements is bounded: lists are asked for in more forms than anybody can count."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, literal, literal_column, select, text

from jobsvc.db.compiled import CompiledStatement
from jobsvc.db.database import Database
from jobsvc.db.engines import PREPARED

KEPT = text("SELECT count(*) FROM pg_prepared_statements")


@pytest.fixture
async def alone(database_url: str) -> AsyncIterator[Database]:
    """The test's database with one connection."""
    database = Database.connect(database_url, pool_size=1)
    yield database
    await database.close()


async def test_a_connection_keeps_some_statements_prepared_and_not_all(alone: Database) -> None:
    for number in range(3 * PREPARED):
        async with alone.reading() as tx:
            connection = tx._connection
            assert (await connection.execute(text(f"SELECT {number} + 1"))).scalar_one() == number + 1
            query = select(func.abs(literal_column(str(-number))) + literal(1))
            assert await CompiledStatement(query).value(connection) == number + 1
    async with alone.reading() as tx:
        kept = (await tx._connection.execute(KEPT)).scalar_one()
    # The question itself is one more.
    assert PREPARED < kept <= 2 * PREPARED + 1


async def test_a_statement_goes_the_same_way_within_a_transaction_and_without(alone: Database) -> None:
    statement = CompiledStatement(select(literal_column("pg_current_xact_id_if_assigned()::text")))
    async with alone.reading() as tx:
        assert await statement.column(tx._connection) == [None]
    async with alone.transaction() as tx:
        await tx.write_something()
        assert await statement.value(tx._connection) is not None
