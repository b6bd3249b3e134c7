"""A backup comes back as it was, into an empty place alone, and as a whole."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.backup_wiring import backup_service, restore_service
from jobsvc.db import advisory_locks
from jobsvc.db.database import Database
from jobsvc.db.migrate import check, migrate
from jobsvc.db.schema_revisions import newest, revision_of
from jobsvc.db.tables import FileRow, SchedulerRow, WebhookRow, WorkspaceRow
from jobsvc.domain.backups import MANIFEST, BackupManifest, BackupProblem
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.services.backups.restoring import Restored
from jobsvc.settings import Settings
from tests.backups.conftest import OLDER
from tests.cli.support import JOBSVC
from tests.db.rows import add
from tests.db.test_populated_upgrades import populate, rows
from tests.waiting import eventually

SEQUENCES = text("SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1")
Save = Callable[..., Awaitable[BackupManifest]]


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AsyncConnection]:
    """A transaction on the database of the settings."""
    database = Database.connect(settings.database_url or "")
    async with database.engine.begin() as connection:
        yield connection
    await database.close()


async def fill(settings: Settings, *, every_table: bool = False) -> None:
    """A workspace with two files, one of which is gone, and rows in every table."""
    directory = settings.data_dir / "workspaces" / "default"
    (directory / "deep\nin").mkdir(parents=True)
    (directory / "deep\nin" / "ä\\b.txt").write_bytes(b"hello")
    async with connected(settings) as connection:
        configuration = {"broker": {"type": "host", "host_path": str(directory)}}
        workspace = await add(connection, WorkspaceRow.metadata.tables["workspace"], name="default", configuration=configuration)
        for path in ("deep\nin/ä\\b.txt", "gone.txt"):
            await add(
                connection, FileRow.metadata.tables["file"], workspace_id=workspace["id"], file_path=path, id=2**62 + len(path)
            )
        if every_table:
            await populate(connection)
        await connection.execute(text("SELECT setval('job_id_seq', :most)"), {"most": 2**62})


@pytest.fixture
def save(original: Settings, tmp_path: Path) -> Save:
    """Save the original."""

    async def call(**options: Any) -> BackupManifest:
        async with backup_service(original) as service:
            return await service.save(tmp_path / "backup", **options)

    return call


async def restore(settings: Settings, tmp_path: Path, **options: Any) -> Restored:
    """Bring the backup back."""
    places = options.pop("places", {})
    async with restore_service(settings, places) as service:
        return await service.restore(tmp_path / "backup", **options)


async def test_everything_comes_back(original: Settings, place: Settings, save: Save, tmp_path: Path) -> None:
    await fill(original, every_table=True)
    manifest = await save()
    assert [(item.name, item.files, item.bytes) for item in manifest.workspaces if item.files] == [("default", 1, 5)]
    assert manifest.missing >= 1
    assert "gone.txt" in (tmp_path / "backup" / "missing.jsonl").read_text()
    command = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    await asyncio.to_thread(subprocess.run, command, cwd=tmp_path / "backup", check=True)
    restored = await restore(place, tmp_path)
    assert restored.files == 1
    assert restored.missing["default"] == 1
    moved = place.data_dir / "workspaces" / "default"
    assert (moved / "deep\nin" / "ä\\b.txt").read_bytes() == b"hello"
    async with connected(original) as first, connected(place) as second:
        assert await comparable(second, moved) == await comparable(first, original.data_dir / "workspaces" / "default")
        assert (await second.execute(SEQUENCES)).all() == (await first.execute(SEQUENCES)).all()
    database = Database.connect(place.database_url or "")
    await check(database.engine)
    await database.close()


async def comparable(connection: AsyncConnection, directory: Path) -> Any:
    """All rows, but for where the workspace lies and when that was said."""
    result = await rows(connection)
    for row in result["workspace"]:
        row["last_modified"] = None
    return json.loads(json.dumps(result).replace(str(directory), "DIRECTORY"))


async def test_an_older_schema_is_brought_up_to_date_after_any_kill(older: Settings, place: Settings, tmp_path: Path) -> None:
    await fill(older)
    async with backup_service(older) as service:
        assert (await service.save(tmp_path / "backup")).schema_revision == OLDER
    async with connected(place) as connection:
        assert await advisory_locks.try_session_lock(connection, advisory_locks.MIGRATION)
        process = await asyncio.create_subprocess_exec(
            *JOBSVC, "restore", str(tmp_path / "backup"), env=os.environ | place.as_environment(), start_new_session=True
        )
        # All rows are there, and the migration waits for who holds its lock.
        await eventually(lambda: is_filled(place))
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        await advisory_locks.release_session_lock(connection, advisory_locks.MIGRATION)
    database = Database.connect(place.database_url or "")
    with pytest.raises(DatabaseUnavailable, match=r"has not come to its end.*run the same `jobsvc restore` again"):
        await migrate(database.engine)
    assert (await restore(place, tmp_path)).files == 1
    await migrate(database.engine)
    async with database.engine.connect() as connection:
        assert await revision_of(connection) == newest()
    await database.close()


async def is_filled(settings: Settings) -> bool:
    """Whether the dump has come into the database."""
    async with connected(settings) as connection:
        return await revision_of(connection) is not None


async def test_a_place_that_is_not_empty_is_left_as_it_is(
    original: Settings, place: Settings, save: Save, tmp_path: Path
) -> None:
    await fill(original)
    await save()
    with pytest.raises(BackupProblem, match="The database is not empty"):
        await restore(original, tmp_path)
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    (directory / "mine.txt").write_text("mine")
    with pytest.raises(BackupProblem, match=r"is not empty.*--keep default"):
        await restore(place, tmp_path, places={"default": directory})
    async with connected(place) as connection:
        assert await revision_of(connection) is None
    restored = await restore(place, tmp_path, places={"default": directory}, kept=["default"])
    assert (restored.files, restored.missing["default"]) == (0, 2)
    assert [item.name for item in directory.iterdir()] == ["mine.txt"]


async def test_a_backup_that_is_not_whole_is_refused(original: Settings, place: Settings, save: Save, tmp_path: Path) -> None:
    await fill(original)
    await save()
    with pytest.raises(BackupProblem, match="backup is not empty"):
        await save()
    backup = tmp_path / "backup"
    document = json.loads((backup / MANIFEST).read_text())
    dump = (backup / "database.dump").read_bytes()
    (backup / "database.dump").write_bytes(dump[:-1] + b"?")
    with pytest.raises(BackupProblem, match=r"database\.dump is not what the backup was written with"):
        await restore(place, tmp_path)
    (backup / MANIFEST).write_text(json.dumps(document | {"schema_revision": "9999", "version": "9.0"}))
    with pytest.raises(BackupProblem, match=r"schema 9999 of jobsvc 9\.0, which this release does not know"):
        await restore(place, tmp_path)
    (backup / MANIFEST).unlink()
    with pytest.raises(BackupProblem, match=r"did not come to its end: it has no manifest\.json"):
        await restore(place, tmp_path)
    async with connected(place) as connection:
        assert await revision_of(connection) is None


async def test_a_copy_leaves_the_original_alone(original: Settings, place: Settings, save: Save, tmp_path: Path) -> None:
    await fill(original, every_table=True)
    async with connected(original) as connection:
        installation = await connection.scalar(select(SchedulerRow.framework_id))
        await connection.execute(update(WebhookRow).values(is_active=True))
    for directory in (f"{installation}.worker", "other.worker"):
        (original.spool_dir / directory).mkdir(parents=True)
        (original.spool_dir / directory / "7.1").write_bytes(b"lines")
        (original.spool_dir / directory / "lock").touch()
    await save(left_out=["default"])
    restored = await restore(place, tmp_path, is_copy=True)
    assert (restored.files, restored.missing["default"]) == (0, 2)
    async with connected(place) as connection:
        apart = await connection.scalar(select(SchedulerRow.framework_id))
        assert not (await connection.scalars(select(WebhookRow.id).where(WebhookRow.is_active))).all()
    assert apart != installation
    assert [path.name for path in place.spool_dir.iterdir()] == [f"{apart}.worker"]
    assert {path.name for path in place.spool_dir.glob("*/*")} == {"7.1", "lock"}


async def test_only_workspaces_that_there_are_can_be_left_out(save: Save) -> None:
    with pytest.raises(BackupProblem, match="There is no workspace `other`; there are none"):
        await save(left_out=["other"])


async def test_nothing_is_saved_of_an_empty_database(place: Settings, tmp_path: Path) -> None:
    async with backup_service(place) as service:
        with pytest.raises(BackupProblem, match="The database is empty"):
            await service.save(tmp_path / "backup")
