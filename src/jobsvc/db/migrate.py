"""Brings a database to the newest schema."""

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

_PACKAGE = Path(jobsvc.__file__).parent


def migrations_dir() -> Path:
    """Where the migrations are: beside the sources, or inside of the installed package."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "migrations"


async def migrate(engine: AsyncEngine, revision: str = "head") -> None:
    """Upgrade, one process at a time; does nothing when the schema is the newest already."""
    async with engine.begin() as connection:
        if revision == "head" and await connection.run_sync(is_current):
            return
        await advisory_locks.lock(connection, advisory_locks.MIGRATION)
        await connection.run_sync(_run, command.upgrade, revision)


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Take migrations back, down to a revision."""
    async with engine.begin() as connection:
        await connection.run_sync(_run, command.downgrade, revision)


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
