"""One moment of a database: what it names, and the dump of the same moment."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from jobsvc.db.schema_revisions import revision_of
from jobsvc.db.tables import FileRow, SchedulerRow, WorkspaceRow
from jobsvc.db.time_limits import LIFT_LIMITS
from jobsvc.domain.backups import SavedWorkspace

ROWS = 1000
"""Rows that are held in memory at a time."""
_MOMENT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_FACTS = text(
    "SELECT current_database() AS database, current_schema() AS schema, current_setting('server_version_num') AS version"
)
_PATHS = select(FileRow.workspace_id, FileRow.file_path).where(~FileRow.is_deleted)
_PATH = WorkspaceRow.configuration["broker"]["host_path"].as_string()


@dataclass(frozen=True)
class DatabaseFacts:
    """What a database is: its server's version (180001), names, and the schema's revision, None when it was never migrated."""

    server: int
    database: str
    schema_name: str
    revision: str | None

    @property
    def major(self) -> int:
        """The major version of the server."""
        return self.server // 10_000


async def facts_of(connection: AsyncConnection) -> DatabaseFacts:
    """Ask a database what it is."""
    row = (await connection.execute(_FACTS)).one()
    return DatabaseFacts(int(row.version), row.database, row.schema or "", await revision_of(connection))


class Moment:
    """A database as it is at one moment, for as long as the transaction lasts."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def facts(self) -> DatabaseFacts:
        """What the database is."""
        return await facts_of(self._connection)

    async def snapshot(self) -> str:
        """A name by which other connections see the same moment."""
        return str(await self._connection.scalar(text("SELECT pg_export_snapshot()")))

    async def installation(self) -> str:
        """The id of the installation."""
        return str(await self._connection.scalar(select(SchedulerRow.framework_id)))

    async def workspaces(self) -> list[SavedWorkspace]:
        """All workspaces that are directories."""
        query = (
            select(WorkspaceRow.id, WorkspaceRow.name, _PATH.label("path")).where(_PATH.is_not(None)).order_by(WorkspaceRow.id)
        )
        return [
            SavedWorkspace(id=row.id, name=row.name, directory=Path(row.path)) for row in await self._connection.execute(query)
        ]

    async def files(self) -> AsyncIterator[Sequence[tuple[int, str]]]:
        """The ids of the workspaces and the paths in them of all files, some at a time."""
        async with self._connection.stream(_PATHS, execution_options={"yield_per": ROWS}) as rows:
            async for page in rows.partitions():
                yield [(row.workspace_id, row.file_path) for row in page]


@asynccontextmanager
async def moment_of(engine: AsyncEngine) -> AsyncIterator[Moment]:
    """Hold one moment of a database."""
    async with engine.connect() as connection, connection.begin():
        await connection.execute(_MOMENT)
        await connection.execute(LIFT_LIMITS, {"is_local": True})
        yield Moment(connection)
