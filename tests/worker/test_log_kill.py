"""No line is lost that a job's pipe had handed over, when the worker is killed."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from structlog.testing import capture_logs

from jobsvc.db.database import Database
from jobsvc.settings import Settings
from jobsvc.worker.spool_reader import DAMAGED
from tests.factories import Factory, script
from tests.relay import relay_to
from tests.worker.running import executions, running_worker, started, until
from tests.worker.stored_lines import all_shipped, all_stored, execution_of, numbers, stored

DOOMED = (sys.executable, "-m", "tests.worker.doomed_worker")


@asynccontextmanager
async def doomed_worker(settings: Settings, url: str, logs_url: str) -> AsyncIterator[None]:
    """A worker in a process of its own that is killed at the end of the block."""
    process = await asyncio.create_subprocess_exec(*DOOMED, str(settings.data_dir), url, logs_url)
    try:
        yield
    finally:
        process.kill()
        await process.wait()


async def test_a_kill_in_a_flood_of_lines_leaves_no_gap(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, database_url: str
) -> None:
    lines = "i=0; while :; do i=$((i + 1)); echo $i; done"
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, lines)}, columns={"max_tries": 1}))
    async with doomed_worker(settings, database_url, database_url):
        execution = execution_of(await started(make, job))
        early = await all_stored(db, execution, 5000)
    async with running_worker(settings, db):
        await all_shipped(settings)
    texts = [line for line in await stored(db, execution) if line[2] != DAMAGED]
    assert len(texts) >= len(early)
    assert texts == numbers(len(texts))


async def test_lines_of_a_killed_worker_come_with_the_next_one(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, database_url: str
) -> None:
    lines = f"[ -e {tmp_path}/written ] && exit; seq 1 50000; sleep 0.5; touch {tmp_path}/written; sleep 60"
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, lines)}))
    async with relay_to(database_url) as relay, doomed_worker(settings, database_url, relay.url):
        await relay.cut()
        first = execution_of(await started(make, job))
        await until(make, job.item.job.id, lambda _: (tmp_path / "written").exists())
    with capture_logs() as said:
        async with running_worker(settings, db), running_worker(settings, db):
            assert await all_stored(db, first, 50_000) == numbers(50_000)
            await until(make, job.item.job.id, lambda result: result.item.job.status == "COMPLETED")
            await all_shipped(settings)
    assert await executions(make, job) == [(2, "COMPLETED"), (1, "FAILED")]
    assert len([item for item in said if item["event"] == "logs.shipped"]) == 1
    assert list(settings.spool_dir.iterdir()) == []
