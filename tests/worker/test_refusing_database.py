"""A database that says no costs no job its result, its tries or its place."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text

from jobsvc import wiring
from jobsvc.db.claims import Engines
from jobsvc.db.database import Database
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.services.queueing import Worker
from jobsvc.settings import Settings
from jobsvc.worker.loop import HEARTBEATS
from tests.factories import Factory, script
from tests.refusing import Refusals, administrator, canceling, read_only, refusing, terminate
from tests.waiting import eventually
from tests.worker.running import ended, executions, running_worker, until

LEASE = 1.5
OVERDUE = "SELECT expires < now() - make_interval(secs => $1) FROM lease"
ENDS = text("SELECT expires FROM lease")


@asynccontextmanager
async def another_process(settings: Settings, database_url: str) -> AsyncIterator[None]:
    """The background loops of a process without a worker, on connections of its own."""
    database = Database.connect(database_url)
    task = asyncio.create_task(wiring.maintenance(settings, database).run())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await database.close()


async def signal_file(tmp_path: Path, name: str) -> None:
    """Wait until a job has written a file."""
    await eventually((tmp_path / name).exists)


async def overdue(database_url: str, seconds: float) -> None:
    """Wait until the only lease is over for so long; a database that takes no changes can be read."""
    async with administrator(database_url) as admin:
        await eventually(lambda: admin.fetchval(OVERDUE, seconds))


async def renewed(db: Database, times: int) -> None:
    """Wait until the only lease was renewed this often."""
    ends: set[object] = set()

    async def is_renewed() -> bool:
        async with db.engine.connect() as connection:
            ends.update((await connection.execute(ENDS)).scalars())
        return len(ends) > times

    await eventually(is_renewed)


async def test_a_job_ends_with_its_result_beyond_its_lease(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, database_url: str
) -> None:
    lines = f"touch {tmp_path}/up; until [ -e {tmp_path}/go ]; do sleep 0.05; done; echo ran >>{tmp_path}/ran"
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, lines)}))
    impatient = settings.model_copy(update={"lease_seconds": LEASE})
    async with running_worker(impatient, db, lease_seconds=LEASE), another_process(impatient, database_url):
        await signal_file(tmp_path, "up")
        async with read_only(database_url):
            (tmp_path / "go").touch()
            await signal_file(tmp_path, "ran")
            await overdue(database_url, 2 * LEASE)
            assert (await make.services.jobs.get(job.item.job.id)).item.job.status == "RUNNING"
        done = await ended(make, job)
    assert (done.item.job.status, done.item.job.num_exes) == ("COMPLETED", 1)
    assert await executions(make, job) == [(1, "COMPLETED")]
    assert (tmp_path / "ran").read_text() == "ran\n"


async def test_a_job_that_still_runs_goes_on_when_the_database_is_back(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, database_url: str
) -> None:
    lines = f"touch {tmp_path}/up; until [ -e {tmp_path}/go ]; do sleep 0.05; done"
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, lines)}))
    impatient = settings.model_copy(update={"lease_seconds": LEASE})
    async with running_worker(impatient, db, lease_seconds=LEASE), another_process(impatient, database_url):
        await signal_file(tmp_path, "up")
        async with read_only(database_url):
            await overdue(database_url, LEASE)
        # Two leases: long enough for a rescue that does not wait, and for one that waited for nobody.
        await renewed(db, 2 * HEARTBEATS)
        (tmp_path / "go").touch()
        done = await ended(make, job)
    assert (done.item.job.status, done.item.job.num_exes) == ("COMPLETED", 1)


async def test_a_worker_that_is_gone_is_rescued_one_lease_after_the_database_is_back(
    db: Database, settings: Settings, make: Factory, database_url: str
) -> None:
    job = await make.job(await make.job_type())
    impatient = settings.model_copy(update={"lease_seconds": LEASE})
    async with db.transaction() as tx:
        node = await tx.nodes.ensure("elsewhere", {})
    assert await wiring.queue_service(impatient, db).claim(Worker("gone", node))
    async with another_process(impatient, database_url):
        async with read_only(database_url):
            await overdue(database_url, LEASE)
        back = time.monotonic()
        await until(make, job.item.job.id, lambda result: result.item.job.num_exes == 2)
    assert LEASE <= time.monotonic() - back < 3 * LEASE + 2


async def is_more(refusals: Refusals, than: int) -> bool:
    return await refusals() > than


@pytest.mark.parametrize("sqlstate", ["25006", "40P01", "53100", "53300", "57014", "57P01", "42501", "XX000"])
@pytest.mark.parametrize("table", ["execution", "lease"])
async def test_a_result_outlasts_refusals(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, database_url: str, table: str, sqlstate: str
) -> None:
    lines = f"touch {tmp_path}/up; until [ -e {tmp_path}/go ]; do sleep 0.05; done; echo ran >>{tmp_path}/ran"
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, lines)}))
    async with running_worker(settings, db):
        await signal_file(tmp_path, "up")
        async with refusing(database_url, sqlstate, table) as refusals:
            (tmp_path / "go").touch()
            await signal_file(tmp_path, "ran")
            before = await refusals()
            await eventually(partial(is_more, refusals, before + 1))
        done = await ended(make, job)
    assert (done.item.job.status, await executions(make, job)) == ("COMPLETED", [(1, "COMPLETED")])


@pytest.mark.parametrize("how", ["canceled", "terminated"])
async def test_jobs_run_once_whatever_is_broken_off(
    db: Database, settings: Settings, make: Factory, tmp_path: Path, database_url: str, how: str
) -> None:
    lines = f"echo $SCALE_JOB_ID >>{tmp_path}/ran"
    job_type = await make.job_type(interface={"command": script(tmp_path, lines)}, columns={"max_tries": 1})
    jobs = [await make.job(job_type) for _ in range(20)]
    async with running_worker(settings, db, lease_seconds=LEASE):
        if how == "canceled":
            async with canceling(database_url, 0.001):
                await asyncio.sleep(3)
        else:
            for _ in range(30):
                await terminate(database_url)
                await asyncio.sleep(0.1)
        # The factory's own connections were terminated, too: they are made anew.
        result = [await ended(make, job) for job in jobs]
    assert {done.item.job.status for done in result} == {"COMPLETED"}
    assert sorted(map(int, (tmp_path / "ran").read_text().split())) == sorted(job.item.job.id for job in jobs)


async def test_claims_whose_answer_was_lost_are_taken_up(
    db: Database, settings: Settings, make: Factory, database_url: str
) -> None:
    job_type = await make.job_type(columns={"max_tries": 1})
    jobs = [await make.job(job_type) for _ in range(4)]
    components = await wiring.open_worker(settings.model_copy(update={"slots": 4}), db)
    # What is left of a claim that was committed after its connection was lost; the next one fails, too.
    room = Engines("subprocess", {"subprocess": None}, {"subprocess": 3})
    assert len(await wiring.queue_service(settings, db).claim(components.worker, room)) == 3
    async with refusing(database_url, "57P01", "lease"):
        with pytest.raises(DatabaseUnavailable):
            await components.loop._claim_all()
    await components.loop._claim_all()
    done = [await ended(make, job) for job in jobs]
    await wiring.close_worker(db, components)
    assert {item.item.job.status for item in done} == {"COMPLETED"}
    assert [await executions(make, job) for job in jobs] == [[(1, "COMPLETED")]] * 4
