"""The revisions of the schema: that of a database, and those that this release has migrations to."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from jobsvc.db.backups.marker import require_whole
from jobsvc.db.migrate import is_newer, migrations_dir
from jobsvc.db.refusals import connecting, unavailable

HAS_TABLE = text("SELECT to_regclass('alembic_version') IS NOT NULL")
REVISION = text("SELECT version_num FROM alembic_version")


async def revision_of(connection: AsyncConnection) -> str | None:
    """The revision that a database is at; None for one that was never migrated."""
    if not await connection.scalar(HAS_TABLE):
        return None
    revision: str | None = await connection.scalar(REVISION)
    return revision


def newest() -> str:
    """The revision that this release brings a database to."""
    return _revisions()[0]


def is_known(revision: str) -> bool:
    """Whether this release knows a revision: it does not know those of later releases."""
    return revision in _revisions()


async def schema_problem(engine: AsyncEngine) -> str:
    """Why this release cannot work on the database yet, in a sentence: its schema is older. Empty when it can.

    Raises:
        DatabaseUnavailable: It cannot be reached, a restore is under way, or a later release lets this one not go on.
    """
    with unavailable(), connecting():
        async with engine.connect() as connection:
            await require_whole(connection)
            revision = await revision_of(connection)
            if revision is None or (revision != newest() and is_known(revision)):
                return f"The database is at schema {revision or 'none'}, not at {newest()}: run `jobsvc migrate` of this release."
            await connection.run_sync(is_newer)
            return ""


@cache
def _revisions() -> tuple[str, ...]:
    """All revisions, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(str(migrations_dir())).walk_revisions())
