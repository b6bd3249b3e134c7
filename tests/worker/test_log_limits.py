"""How much of a log a worker keeps, and what it says of the rest."""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from jobsvc.db.database import Database
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.settings import Settings
from tests.factories import Factory, script
from tests.relay import Relay, relay_to
from tests.worker.running import ended, running_worker
from tests.worker.stored_lines import all_stored, execution_of, missing, numbers, stored

WIDE = "x" * 99
COUNT = 30_000
FLOOD = f"yes {WIDE} | head -{COUNT}"  # 3 MB


@pytest.fixture
async def relay(database_url: str) -> AsyncIterator[Relay]:
    """The way to the log store alone: the queue has another one."""
    async with relay_to(database_url) as relay:
        yield relay


@pytest.fixture
async def store(relay: Relay) -> AsyncIterator[PostgresLogStore]:
    """The log store at the relay's other end."""
    database = Database.connect(relay.url, pool_size=4)
    yield PostgresLogStore(database)
    await database.close()


@pytest.fixture
def small_disk(settings: Settings) -> Iterator[Path]:
    """The directory of the spools on a disk of 400 KiB."""
    settings.spool_dir.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(settings.spool_dir)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a file system")
    yield settings.spool_dir
    subprocess.check_call(["umount", str(settings.spool_dir)])


async def test_what_a_full_spool_cannot_keep_is_counted_in_its_place(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, relay: Relay, store: PostgresLogStore
) -> None:
    job_type = await make.job_type(interface={"command": script(tmp_path, FLOOD)})
    await relay.cut()
    async with running_worker(settings, db, store, spool_mib=1):
        done = await ended(make, await make.job(job_type))
        await relay.reconnect()
        lines = await all_stored(db, execution_of(done), COUNT)
    said = [text for _, stream, text in lines if stream == "stderr"]
    assert done.item.job.status == "COMPLETED"
    assert (len(lines) - len(said)) * 100 <= 2**20
    assert len(lines) - len(said) + sum(map(missing, said)) == COUNT
    assert all(text.endswith("lines were not kept: 1 MiB were waiting for the log store already") for text in said)


async def test_a_store_that_works_gets_all_however_small_the_spool(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    job_type = await make.job_type(interface={"command": script(tmp_path, "seq 1 200000")})
    async with running_worker(settings, db, spool_mib=1):
        done = await ended(make, await make.job(job_type))
    assert await stored(db, execution_of(done)) == numbers(200_000)


async def test_a_full_disk_costs_no_line_while_the_store_works(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, small_disk: Path
) -> None:
    job_type = await make.job_type(interface={"command": script(tmp_path, "seq 1 200000")})
    async with running_worker(settings, db, min_free_mib=0):
        done = await ended(make, await make.job(job_type))
    assert await stored(db, execution_of(done)) == numbers(200_000)
    assert list(small_disk.iterdir()) == []


async def test_a_full_disk_and_a_store_that_is_away_do_not_hold_up_a_job(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, relay: Relay, store: PostgresLogStore, small_disk: Path
) -> None:
    assert small_disk.is_mount()
    job_type = await make.job_type(interface={"command": script(tmp_path, FLOOD)})
    await relay.cut()
    async with running_worker(settings, db, store, min_free_mib=0):
        done = await ended(make, await make.job(job_type))
        await relay.reconnect()
        lines = await all_stored(db, execution_of(done), COUNT)
    said = [text for _, stream, text in lines if stream == "stderr"]
    assert done.item.job.status == "COMPLETED"
    assert len(lines) - len(said) + sum(map(missing, said)) == COUNT
    assert said[-1].endswith("the worker's disk did not take them (No space left on device)")


@pytest.mark.parametrize(("of_type", "kept"), [({}, 2000), ({"max_log_bytes": 500}, 500)])
async def test_what_a_job_logs_beyond_its_limit_is_counted_at_the_end(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, of_type: dict[str, int], kept: int
) -> None:
    job_type = await make.job_type(interface={"command": script(tmp_path, FLOOD)}, configuration=of_type)
    async with running_worker(settings, db, max_log_bytes=2000):
        done = await ended(make, await make.job(job_type))
    lines = [text for _, _, text in await stored(db, execution_of(done))]
    assert done.item.job.status == "COMPLETED"
    assert lines[: kept // 100] == [WIDE] * (kept // 100)
    assert lines[kept // 100 :] == [
        f"jobsvc: the limit of {kept} bytes for this log is reached; what follows is counted and dropped",
        f"jobsvc: {COUNT - kept // 100} lines ({COUNT * 100 - kept} bytes) were dropped behind the limit of this log",
    ]
