"""Runs migrations on a connection that the caller hands over, or on that of the settings from the command line."""

import asyncio

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from jobsvc.db.engines import asyncpg_url
from jobsvc.db.tables import Base
from jobsvc.db.tables.events import PARTITION
from jobsvc.db.time_limits import LIFT_LIMITS
from jobsvc.settings import Settings

LOCK_TIMEOUT = "10s"
"""A migration that cannot get a table's lock gives up rather than stop every reader behind it."""


def run(connection: Connection) -> None:
    """Run each migration in a transaction of its own, so that one that fails leaves nothing.

    What takes long on many rows is done outside of it, step by step, and goes on where it was when it is run again. A limit
    for statements that the role has as its default would break that off again and again.
    """
    connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(LIFT_LIMITS, {"is_local": False})
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=False,
        include_name=is_described,
        transaction_per_migration=True,
    )
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("RESET ALL"))
        connection.commit()


async def run_from_command_line() -> None:
    """Connect by the settings and run."""
    settings = Settings()
    url = settings.database_direct_url or settings.database_url
    if url is None:
        raise SystemExit("Set JOBSVC_DATABASE_URL, or use `jobsvc migrate` for the embedded database.")
    engine = create_async_engine(asyncpg_url(url))
    async with engine.connect() as connection:
        await connection.run_sync(run)
    await engine.dispose()


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the code says of something what it should be like: partitions come and go by the day, and are like their table."""
    return kind != "table" or not str(name).startswith(PARTITION)


connection = context.config.attributes.get("connection")
if connection is not None:
    run(connection)
else:
    asyncio.run(run_from_command_line())
