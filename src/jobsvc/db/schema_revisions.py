"""The revisions of the schema: that of a database, and those that this release has migrations to."""

from functools import cache

from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.migrate import migrations_dir

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


@cache
def _revisions() -> tuple[str, ...]:
    """All revisions, the newest first."""
    return tuple(script.revision for script in ScriptDirectory(str(migrations_dir())).walk_revisions())
