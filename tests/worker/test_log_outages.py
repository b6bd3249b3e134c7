"""An unreachable log store delays lines; it loses none, and no job waits for it."""

import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from jobsvc.db.database import Database
from jobsvc.domain.records import JobDetails
from jobsvc.logstores.postgres import PostgresLogStore
from jobsvc.ports.log_store import LogOrigin
from jobsvc.services.submission import NewJob
from jobsvc.settings import Settings
from jobsvc.worker.delivery import STUCK_SECONDS
from jobsvc.worker.spool_reader import SpoolReader
from tests.factories import Factory, script
from tests.relay import Relay, relay_to
from tests.worker.running import ended, running_worker, started, until
from tests.worker.stored_lines import all_shipped, all_stored, execution_of, numbers, spooled, stored

NOBODY = "http://127.0.0.1:9"


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


async def job_of(make: Factory, tmp_path: Path, lines: str) -> JobDetails:
    """A queued job that runs a shell script."""
    return await make.job(await make.job_type(interface={"command": script(tmp_path, lines)}))


async def job_of_same_type(make: Factory, job: JobDetails) -> JobDetails:
    """Another job of a type."""
    return (await make.services.jobs.submit(NewJob(job.item.job_type.id)))[0]


async def test_lines_of_an_outage_come_after_it(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, relay: Relay, store: PostgresLogStore
) -> None:
    wait = f"touch {tmp_path}/half; until [ -e {tmp_path}/on ]; do sleep 0.05; done"
    job = await job_of(make, tmp_path, f"seq 1 5000; {wait}; seq 5001 20000")
    async with running_worker(settings, db, store):
        await started(make, job)
        await until(make, job.item.job.id, lambda _: (tmp_path / "half").exists())
        await relay.cut()
        (tmp_path / "on").touch()
        done = await ended(make, job)
        assert len(await stored(db, execution_of(done))) < 20_000
        await relay.reconnect()
        assert await all_stored(db, execution_of(done), 20_000) == numbers(20_000)
        await all_shipped(settings)
    assert done.item.job.status == "COMPLETED"


async def test_only_the_first_executions_of_an_outage_wait_for_the_store(
    db: Database, settings: Settings, make: Factory, relay: Relay, store: PostgresLogStore
) -> None:
    await relay.cut()
    job_type = await make.job_type(interface={"command": "echo up"})
    with capture_logs() as said:
        async with running_worker(settings, db, store):
            for seconds in (STUCK_SECONDS + 3, STUCK_SECONDS, STUCK_SECONDS):
                begun = time.monotonic()
                assert (await ended(make, await make.job(job_type))).item.job.status == "COMPLETED"
                assert time.monotonic() - begun < seconds
    assert [item["log_level"] for item in said if item["event"] == "logs.delayed"] == ["warning"]


async def test_a_worker_leaves_lines_to_the_next_one(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, relay: Relay, store: PostgresLogStore
) -> None:
    await relay.cut()
    job = await job_of(make, tmp_path, "seq 1 1000")
    async with running_worker(settings, db, store):
        done = await ended(make, job)
    assert await stored(db, execution_of(done)) == []
    async with running_worker(settings, db):
        assert await all_stored(db, execution_of(done), 1000) == numbers(1000)
        await all_shipped(settings)
    assert list(settings.spool_dir.iterdir()) == []


async def test_a_line_says_where_it_comes_from(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, relay: Relay, store: PostgresLogStore
) -> None:
    await relay.cut()
    async with running_worker(settings, db, store):
        done = await ended(make, await job_of(make, tmp_path, "echo here"))
    (left,) = spooled(settings)
    (line,) = SpoolReader(lambda: left.open("rb")).read(left.stat().st_size)
    assert done.execution is not None
    cluster_id = done.execution.item.execution.cluster_id
    origin = LogOrigin(cluster_id, execution_of(done), socket.gethostname(), done.item.job.id, 1, "echo", "1.0.0")
    assert (line.message, line.origin) == ("here", origin)


async def test_an_elasticsearch_that_is_not_there_holds_up_nothing(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    job = await job_of(make, tmp_path, "seq 1 1000")
    async with running_worker(settings, db, elasticsearch_url=(NOBODY,)):
        done = await ended(make, job)
    assert done.item.job.status == "COMPLETED"
    async with running_worker(settings, db):
        assert await all_stored(db, execution_of(done), 1000) == numbers(1000)


async def test_what_a_worker_of_another_database_left_stays_where_it_is(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    job = await job_of(make, tmp_path, "echo theirs")
    async with running_worker(settings, db, elasticsearch_url=(NOBODY,)):
        done = await ended(make, job)
    # As if it had been another database, which has an execution of this id too.
    (left,) = settings.spool_dir.iterdir()
    left.rename(settings.spool_dir / "another-installation.worker")
    async with running_worker(settings, db):
        await ended(make, await job_of_same_type(make, done))
    assert await stored(db, execution_of(done)) == []
    assert len(spooled(settings)) == 1


async def test_the_end_of_an_execution_says_how_many_lines_it_has(
    db: Database, settings: Settings, make: Factory, tmp_path: Path
) -> None:
    job = await job_of(make, tmp_path, "seq 1 1000")
    async with running_worker(settings, db, elasticsearch_url=(NOBODY,)):
        done = await ended(make, job)
    assert done.execution is not None
    assert done.execution.item.execution.log_lines == 1000
