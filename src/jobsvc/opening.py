"""The database of the settings: that of the URL, or the embedded one, at a schema that this release works on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeAlias

import structlog

from jobsvc.db.database import Database
from jobsvc.db.migrate import is_current, is_newer, migrate
from jobsvc.db.schema_revisions import newest, revision_of, schema_problem
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.embedded import EmbeddedPostgres, EmbeddedUnavailable
from jobsvc.settings import Settings

log = structlog.get_logger(__name__)
WATCH_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""Between two looks of who waits for a schema."""
Meanwhile: TypeAlias = Callable[[Database], AbstractAsyncContextManager[None]]
"""What a process does for as long as it waits for the schema of the database."""


@asynccontextmanager
async def open_database(settings: Settings, meanwhile: Meanwhile | None = None) -> AsyncIterator[Database]:
    """The database of the settings at the newest schema: the one of the URL, or the embedded one, kept alive meanwhile.

    Who gives `meanwhile` waits for its schema where the settings say so; for all others that is a refusal.

    Raises:
        DatabaseUnavailable: It cannot be used, or is at an older schema.
        EmbeddedUnavailable: The embedded one cannot be started.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url
        if url is None:
            url = await stack.enter_async_context(_embedded(settings))
        database = Database.connect(
            url, direct_url=settings.database_direct_url, pool_size=settings.database_pool, list_seconds=settings.list_seconds
        )
        stack.push_async_callback(database.close)
        await database.check()
        if settings.migrate == "auto":
            await migrate(database.direct)
        elif problem := await schema_problem(database.direct):
            if settings.migrate == "never" or meanwhile is None:
                raise DatabaseUnavailable(problem)
            async with meanwhile(database):
                await _wait_for_schema(database, problem)
        yield database


async def _wait_for_schema(database: Database, problem: str) -> None:
    """Return once another process has migrated the database, however often it goes away meanwhile.

    How long that may take is for whoever watches readiness: a process that gave up would only be started again.
    """
    logged = ""
    while problem:
        if problem != logged:
            log.warning("schema.waiting", problem=problem)
            logged = problem
        await asyncio.sleep(LOOK_SECONDS)
        try:
            problem = await schema_problem(database.direct)
        except DatabaseUnavailable as exc:
            problem = exc.detail
    log.info("schema.ready", schema=newest())


async def waiting_migration(settings: Settings) -> str:
    """What `migrate` would do to the database of the settings, in a sentence; empty when there is nothing to do.

    Raises:
        DatabaseUnavailable: It cannot be used, or lets this release not work on it.
    """
    async with contextlib.AsyncExitStack() as stack:
        url = settings.database_url
        if url is None:
            url = await stack.enter_async_context(_embedded(settings))
        database = Database.connect(url, direct_url=settings.database_direct_url)
        stack.push_async_callback(database.close)
        await database.check()
        async with database.direct.connect() as connection:
            if await connection.run_sync(is_current) or await connection.run_sync(is_newer):
                return ""
            return f"The database is at schema {await revision_of(connection) or 'none'}, and would be brought to {newest()}."


async def schema_sentence(database: Database) -> str:
    """At which schema the database is now."""
    async with database.direct.connect() as connection:
        if await connection.run_sync(is_newer):
            return f"The database is at schema {await revision_of(connection)} of a later release, on which this one works."
    return "The database is at the newest schema."


async def check_database(settings: Settings) -> None:
    """Raise DatabaseUnavailable, with the reason, when the database of the URL cannot be used, or not at its schema."""
    if settings.database_url is not None:
        database = Database.connect(settings.database_url, direct_url=settings.database_direct_url)
        try:
            await database.check()
            if settings.migrate == "never" and (problem := await schema_problem(database.direct)):
                raise DatabaseUnavailable(problem)
        finally:
            await database.close()


@asynccontextmanager
async def _embedded(settings: Settings) -> AsyncIterator[str]:
    server = EmbeddedPostgres(settings.data_dir)
    url = await asyncio.to_thread(server.start)
    watching = asyncio.create_task(_watch(server))
    try:
        yield url
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await asyncio.to_thread(server.stop)


async def _watch(server: EmbeddedPostgres) -> None:
    """Bring the server back when it, or the process that owned it, was killed."""
    while True:
        await asyncio.sleep(WATCH_SECONDS)
        try:
            await asyncio.to_thread(server.ensure)
        except EmbeddedUnavailable as exc:
            log.warning("database.embedded", problem=str(exc))
