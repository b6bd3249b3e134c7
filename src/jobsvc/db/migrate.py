"""Brings a database to the newest schema."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

import jobsvc
from jobsvc.db import advisory_locks

TRY_SECONDS = 0.1
_PACKAGE = Path(jobsvc.__file__).parent


def migrations_dir() -> Path:
    """Where the migrations are: beside the sources, or inside of the installed package."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "migrations"


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Upgrade, one process at a time; does nothing when the schema is the newest already."""
    async with engine.connect() as connection:
        if revision == "head" and await connection.run_sync(is_current):
            return
        await connection.rollback()
        async with _alone(engine):
            await connection.run_sync(_run, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take migrations back, down to a revision."""
    async with engine.connect() as connection, _alone(engine):
        await connection.run_sync(_run, command.downgrade, revision)


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[None]:
    """Hold the lock of migrations.

    An index that is built beside writers waits for all transactions that are open, so that neither who holds the lock nor who
    waits for it may have one.
    """
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        # Of the process that has it nothing is heard.
        while not await advisory_locks.try_session_lock(connection, advisory_locks.MIGRATION):  # noqa: ASYNC110
            await asyncio.sleep(TRY_SECONDS)
        try:
            yield
        finally:
            await advisory_locks.release_session_lock(connection, advisory_locks.MIGRATION)


async def check(engine: AsyncEngine) -> None:
    """Raise when the tables in code and the migrations differ."""
    async with engine.connect() as connection:
        await connection.run_sync(lambda sync: command.check(_config(sync)))


def is_current(connection: Connection) -> bool:
    """Whether the database is at the newest revision."""
    heads = ScriptDirectory(str(migrations_dir())).get_heads()
    return MigrationContext.configure(connection).get_current_heads() == tuple(heads)


def _run(connection: Connection, step: Any, revision: str) -> None:
    step(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    config.attributes["connection"] = connection
    return config
