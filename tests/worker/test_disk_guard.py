"""A worker whose disks have no room claims nothing, and says so once."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from jobsvc.db.database import Database
from jobsvc.settings import Settings
from jobsvc.worker.disk_guard import DiskGuard
from tests.factories import Factory, script
from tests.support import Client
from tests.waiting import eventually
from tests.worker.running import canceled, ended, running_worker, started

MORE_THAN_THERE_IS = 2**40
FILE_MIB = 1024


async def test_nothing_is_claimed_without_room(
    db: Database, settings: Settings, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    look = DiskGuard.is_enough

    async def noted(guard: DiskGuard) -> bool:
        looks.append(await look(guard))
        return looks[-1]

    monkeypatch.setattr(DiskGuard, "is_enough", noted)
    job = await make.job()
    with capture_logs() as logs:
        async with running_worker(settings, db, min_free_mib=MORE_THAN_THERE_IS):
            await eventually(lambda: len(looks) >= 3)
    assert [entry["event"] for entry in logs].count("worker.disk_full") == 1
    assert (await make.services.jobs.get(job.item.job.id)).item.job.status == "QUEUED"
    async with running_worker(settings, db):
        assert (await ended(make, job)).item.job.num_exes == 1


async def test_a_cancel_needs_no_room(db: Database, settings: Settings, make: Factory, client: Client, tmp_path: Path) -> None:
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, "sleep 60")}))
    async with running_worker(settings, db) as components:
        await started(make, job)
        components.loop._disk_guard = DiskGuard([tmp_path], MORE_THAN_THERE_IS)
        assert (await client.post("/v6/jobs/cancel/", {"job_ids": [job.item.job.id]})).status_code == 202
        await canceled(make, job)


async def test_room_that_is_back_is_noticed(tmp_path: Path) -> None:
    disk = os.statvfs(tmp_path)
    disk_guard = DiskGuard([tmp_path], (disk.f_bavail * disk.f_frsize >> 20) - FILE_MIB // 2)
    with capture_logs() as logs:
        assert await disk_guard.is_enough()
        with (tmp_path / "filler").open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, FILE_MIB * 2**20)
        assert not await disk_guard.is_enough()
        assert not await disk_guard.is_enough()
        (tmp_path / "filler").unlink()
        assert await disk_guard.is_enough()
    assert [entry["event"] for entry in logs] == ["worker.disk_full", "worker.disk_available"]


@pytest.mark.parametrize(("least", "enough"), [(1, False), (0, True)])
async def test_a_directory_that_is_gone_has_no_room(tmp_path: Path, least: int, *, enough: bool) -> None:
    assert await DiskGuard([tmp_path / "gone"], least).is_enough() is enough
