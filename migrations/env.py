"""Runs migrations on a connection that the caller hands over, or on JOBSVC_DATABASE_URL from the command line."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from jobsvc.db.database import asyncpg_url
from jobsvc.db.tables import Base
from jobsvc.settings import Settings

LOCK_TIMEOUT = "10s"
"""A migration that cannot get a table's lock gives up rather than stop every reader behind it."""


def run(connection: Connection) -> None:
    """Run in one transaction, so that a failed migration leaves nothing."""
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, compare_server_default=False)
    with context.begin_transaction():
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        context.run_migrations()


async def run_from_command_line() -> None:
    """Connect by the settings and run."""
    url = Settings().database_url
    if url is None:
        raise SystemExit("Set JOBSVC_DATABASE_URL, or use `jobsvc migrate` for the embedded database.")
    engine = create_async_engine(asyncpg_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(run)
    await engine.dispose()


connection = context.config.attributes.get("connection")
if connection is not None:
    run(connection)
else:
    asyncio.run(run_from_command_line())
