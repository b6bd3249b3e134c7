"""A worker that has to stop stops, also when nothing can be recorded."""

import asyncio
import time
from pathlib import Path

import pytest

from jobsvc import wiring
from jobsvc.db.database import Database
from jobsvc.settings import Settings
from tests.factories import Factory, script
from tests.relay import relay_to
from tests.worker.running import ended, executions, running_worker, started

LEASE = 1.5


@pytest.mark.parametrize("seconds", [0, 60], ids=["ended", "running"])
async def test_a_worker_stops_without_its_database(
    db: Database,
    settings: Settings,
    make: Factory,
    tmp_path: Path,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    seconds: int,
) -> None:
    monkeypatch.setattr("jobsvc.worker.loop.RECORD_SECONDS", 0.5)
    command = script(tmp_path, f"[ $SCALE_EXE_NUM = 2 ] || {{ touch {tmp_path}/up; sleep 0.5; sleep {seconds}; }}")
    job = await make.job(await make.job_type(interface={"command": command}, columns={"max_tries": 3}))
    brief = settings.model_copy(update={"lease_seconds": LEASE, "drain_seconds": 1, "grace_seconds": 1, "retry_seconds": 0})
    async with relay_to(database_url) as relay:
        database = Database.connect(relay.url)
        components = await wiring.open_worker(brief, database)
        working = asyncio.create_task(components.loop.run())
        await started(make, job)
        await relay.cut()
        components.loop.stop()
        begun = time.monotonic()
        async with asyncio.timeout(15):
            await working
            await wiring.close_worker(database, components)
        assert time.monotonic() - begun < 10
        await database.close()
    async with running_worker(brief, db):
        assert (await ended(make, job)).item.job.status == "COMPLETED"
    assert await executions(make, job) == [(2, "COMPLETED"), (1, "FAILED")]
