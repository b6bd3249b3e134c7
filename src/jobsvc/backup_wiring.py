"""Wires what saves and restores an installation, on a database that may be at an older schema."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

from jobsvc.db.backups.marker import refusals
from jobsvc.db.backups.programs import Programs
from jobsvc.db.database import Database
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.embedded.binaries import bundled_folders
from jobsvc.services.backups.restoring import RestorePlaces, RestoreService
from jobsvc.services.backups.saving import BackupService, Installation
from jobsvc.services.clock import utc_now
from jobsvc.settings import Settings


@asynccontextmanager
async def backup_service(settings: Settings) -> AsyncIterator[BackupService]:
    """Saves the database of the settings as it is: before an upgrade, say, by the release after it."""
    index = settings.log_index if settings.elasticsearch_url else None
    installation = Installation(version("jobsvc"), settings.data_dir, settings.spool_dir, index)
    async with _reach(settings) as (database, programs):
        yield BackupService(database, programs, installation, utc_now)


@asynccontextmanager
async def restore_service(settings: Settings, places: Mapping[str, Path]) -> AsyncIterator[RestoreService]:
    """Restores into the database of the settings; `places` are those of workspaces, by their names."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    async with _reach(settings) as (database, programs):
        yield RestoreService(database, programs, RestorePlaces(settings.data_dir, settings.spool_dir, places))


@asynccontextmanager
async def _reach(settings: Settings) -> AsyncIterator[tuple[Database, Programs]]:
    async with _url(settings) as url:
        database = Database.connect(url)
        try:
            await database.check()
            with refusals():
                yield database, Programs(url, bundled_folders())
        finally:
            await database.close()


@asynccontextmanager
async def _url(settings: Settings) -> AsyncIterator[str]:
    # A snapshot is that of a session, which a pooler does not keep.
    if url := settings.database_direct_url or settings.database_url:
        yield url
        return
    server = EmbeddedPostgres(settings.data_dir)
    try:
        yield await asyncio.to_thread(server.start)
    finally:
        await asyncio.to_thread(server.stop)
