"""Brings a database to the newest schema."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

import jobsvc
from jobsvc.db import advisory_locks
from jobsvc.db.backups.marker import require_whole
from jobsvc.db.refusals import sqlstate
from jobsvc.domain.errors import DatabaseUnavailable

TRY_SECONDS = 0.1
FORBIDDEN_STATE = "42501"
COMMENT = text("SELECT obj_description(to_regclass('alembic_version'), 'pg_class')")
_PACKAGE = Path(jobsvc.__file__).parent


def migrations_dir() -> Path:
    """Where the migrations are: beside the sources, or inside of the installed package."""
    installed = _PACKAGE / "migrations"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "migrations"


async def migrate(engine: AsyncEngine, revision: str = "head", *, restoring: bool = False) -> None:
    """Upgrade, one process at a time; does nothing when the schema is the newest already, or that of a later release.

    `restoring`: the caller is the restore that is under way.

    Raises:
        DatabaseUnavailable: The later release does not let this one work on its schema, the role may not change the schema, or a
            restore is under way or was broken off.
    """
    async with engine.connect() as connection:
        if not restoring:
            await require_whole(connection)
        if revision == "head" and (await connection.run_sync(is_current) or await connection.run_sync(is_newer)):
            return
        await connection.rollback()
        with _in_one_sentence():
            async with _alone(engine):
                await connection.run_sync(_run, command.upgrade, revision)


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    try:
        yield
    except DBAPIError as exc:
        if sqlstate(exc) != FORBIDDEN_STATE:
            raise
        reason = str(exc.orig).rpartition(": ")[2]
        raise DatabaseUnavailable(
            f"The role of the database's URL may not change the schema ({reason}): run `jobsvc migrate` as one that may, "
            "or let this one CREATE in the database's schema."
        ) from exc


def is_newer(connection: Connection) -> bool:
    """Whether the schema is that of a later release, which lets this one work on it.

    Later releases add to the schema (docs/operations.md#rollback); one that takes away says in the comment of the table of
    revisions which releases may go on: `from NNNN on`, NNNN being the newest revision that a release has.

    Raises:
        DatabaseUnavailable: It does not let this one.
    """
    revisions = {script.revision for script in ScriptDirectory(str(migrations_dir())).walk_revisions()}
    unknown = set(MigrationContext.configure(connection).get_current_heads()) - revisions
    if not unknown:
        return False
    limit = re.search(r"from (\d{4}) on", connection.scalar(COMMENT) or "")
    if limit is not None and limit[1] not in revisions:
        raise DatabaseUnavailable(
            f"The database is at schema {max(unknown)}, on which no release works that knows less than schema {limit[1]}; "
            "this one does: install a later release, or restore a backup from before."
        )
    return True


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
