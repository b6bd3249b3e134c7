"""How a database comes back: a table marks it from before the first row to after the last change, so that nobody uses a half."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from jobsvc.db import advisory_locks
from jobsvc.db.backups.marker import IS_MARKED
from jobsvc.db.backups.saving import DatabaseFacts, facts_of
from jobsvc.db.schema_revisions import HAS_TABLE
from jobsvc.db.tables import SchedulerRow, WebhookRow
from jobsvc.db.time_limits import LIFT_LIMITS
from jobsvc.domain.backups import BackupProblem

_MARKED_WITH = text("SELECT backup FROM unfinished_restore")
_MARK = text("CREATE TABLE unfinished_restore AS SELECT CAST(:backup AS text) AS backup, now() AS begun")
_UNMARK = text("DROP TABLE unfinished_restore")
_SOMETHING = text("""
    SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN
        ('r', 'p', 'v', 'S')
    ORDER BY relname LIMIT 1
""")
_INSTALLATION = select(SchedulerRow.framework_id)
_MOVE = text("""
    UPDATE workspace SET configuration = jsonb_set(configuration, '{broker,host_path}', to_jsonb(CAST(:place AS text)))
    WHERE id = CAST(:id AS bigint) AND configuration #>> '{broker,host_path}' <> CAST(:place AS text)
""")
_SET_APART = text("UPDATE scheduler SET framework_id = gen_random_uuid()::text")
_TURN_OFF = update(WebhookRow).where(WebhookRow.is_active).values(is_active=False, disabled_reason="restored as a copy")


class RestoreTarget:
    """A database that a backup goes into."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be the only one who restores into it.

        Raises:
            BackupProblem: Another process does.
        """
        async with self._engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            if not await advisory_locks.try_session_lock(connection, advisory_locks.RESTORE):
                raise BackupProblem("Another process restores into this database at this moment.")
            try:
                yield
            finally:
                await advisory_locks.release_session_lock(connection, advisory_locks.RESTORE)

    async def facts(self) -> DatabaseFacts:
        """What the database is."""
        async with self._engine.connect() as connection:
            return await facts_of(connection)

    async def is_begun(self, backup: str) -> bool:
        """Whether this backup began to come into the database before, and was broken off.

        Raises:
            BackupProblem: Something else is in it, or another backup was broken off.
        """
        async with self._engine.connect() as connection:
            if await connection.scalar(IS_MARKED):
                if await connection.scalar(_MARKED_WITH) != backup:
                    raise BackupProblem(
                        "The restore of another backup into this database was broken off: drop it and make a new one."
                    )
                return True
            if something := await connection.scalar(_SOMETHING):
                raise BackupProblem(
                    f"The database is not empty: it has `{something}`. Make a new one, and let the URL lead to it."
                )
            return False

    async def mark(self, backup: str) -> None:
        """Let nobody use the database until `settle`."""
        async with self._engine.begin() as connection:
            await connection.execute(_MARK, {"backup": backup})

    async def has_tables(self) -> bool:
        """Whether the dump is in it, which comes as a whole."""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(HAS_TABLE))

    async def settle(self, places: Mapping[int, Path], installation: str, *, is_copy: bool) -> str:
        """Say where workspaces lie now; return the id of the installation, which for a copy is another one than before."""
        async with self._engine.begin() as connection:
            for number, place in places.items():
                await connection.execute(_MOVE, {"id": number, "place": str(place)})
            if is_copy and await connection.scalar(_INSTALLATION) == installation:
                await connection.execute(_TURN_OFF)
                await connection.execute(_SET_APART)
            return str(await connection.scalar(_INSTALLATION))

    async def unmark(self) -> None:
        """Let the database be used."""
        async with self._engine.begin() as connection:
            await connection.execute(_UNMARK)

    async def analyze(self) -> None:
        """Let the planner know the tables: a dump has no statistics that all servers take."""
        async with self._engine.begin() as connection:
            await connection.execute(LIFT_LIMITS, {"is_local": True})
            await connection.execute(text("ANALYZE"))
