"""Fixtures of the tests of the database."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.database import Database
from jobsvc.domain.records import JobTypeDetails
from tests.conftest import empty
from tests.db.queue import Queue
from tests.factories import Factory


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection]:
    """A connection to the migrated database; nothing that is written on it stays."""
    database = Database.connect(database_url)
    async with database.engine.connect() as connection:
        yield connection
        await connection.rollback()
    # What was rolled back has used up ids all the same.
    await empty(database)
    await database.close()


@pytest.fixture
async def queue(db: Database) -> Queue:
    """The queue of the test's database."""
    async with db.transaction() as tx:
        return Queue(db, await tx.nodes.ensure("node-1", {}))


@pytest.fixture
async def echo(make: Factory) -> JobTypeDetails:
    """A job type."""
    return await make.job_type("echo")


@pytest.fixture
async def bare_db(db: Database, database_url: str) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    url = make_url(database_url)
    name = f"{url.database}_empty"
    async with db.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await outside.execute(text(f"CREATE DATABASE {name}"))
        database = Database.connect(url.set(database=name).render_as_string(hide_password=False))
        yield database
        await database.close()
        await outside.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
