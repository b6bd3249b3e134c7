"""What makes a job claimable wakes an idle worker by NOTIFY: in these tests it looks by itself every ten minutes only."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from jobsvc import wiring
from jobsvc.db.database import Database
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed
from jobsvc.domain.records import JobDetails
from jobsvc.services.completion import ExecutionResult
from jobsvc.settings import Settings
from tests.db.queue import Queue
from tests.factories import Factory, script
from tests.relay import relay_to
from tests.support import Client
from tests.waiting import eventually
from tests.worker.running import ended, running_worker, started, until

POLL_SECONDS = 600.0
AT_ONCE_SECONDS = 20.0
"""Far less than the poll, far more than a slow machine needs."""
LISTENERS = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%jobsvc_cancel%' AND datname = current_database()"
HOUR = timedelta(hours=1)


class Bell(asyncio.Event):
    """The event that wakes a worker; knows how often it was set, and whether the worker waits for it."""

    def __init__(self) -> None:
        super().__init__()
        self.rung = 0
        self.is_awaited = False

    def set(self) -> None:
        self.rung += 1
        super().set()

    async def wait(self) -> Any:
        self.is_awaited = True
        try:
            return await super().wait()
        finally:
            self.is_awaited = False

    @property
    def is_idle(self) -> bool:
        """Whether the worker has looked at the queue since it listens, and waits."""
        return self.rung > 0 and self.is_awaited and not self.is_set()


@dataclass
class Site:
    """An idle worker, and what tests do to its queue."""

    bell: Bell
    queue: Queue
    make: Factory
    client: Client

    async def wakes_up_by(self, release: Callable[[], Awaitable[object]], job: JobDetails) -> None:
        """A job that waited starts because of this: the bell rings, on the connection that was there before."""
        await eventually(lambda: self.bell.is_idle)
        [listener] = await self.queue.execute(LISTENERS)
        assert (await self.make.services.jobs.get(job.item.job.id)).item.job.status != "RUNNING"
        before = self.bell.rung
        await release()
        await self.starts(job)
        assert self.bell.rung > before
        assert await self.queue.execute(LISTENERS) == [listener]

    async def starts(self, job: JobDetails) -> None:
        """The job starts, long before anybody would have looked."""
        await until(
            self.make, job.item.job.id, lambda result: bool(result.execution and result.item.job.started), AT_ONCE_SECONDS
        )

    async def patch(self, path: str, **members: Any) -> None:
        answer = await self.client.patch(path, members)
        assert answer.is_success, answer.text

    async def post(self, path: str, **members: Any) -> None:
        answer = await self.client.post(path, members)
        assert answer.is_success, answer.text


@pytest.fixture(autouse=True)
def rare_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobsvc.worker.loop.POLL_SECONDS", POLL_SECONDS)


@asynccontextmanager
async def idle_worker(settings: Settings, db: Database, **changes: Any) -> AsyncIterator[tuple[wiring.WorkerComponents, Bell]]:
    bell = Bell()
    async with running_worker(settings, db, **changes) as components:
        components.loop._wake = bell  # it has not begun to run
        yield components, bell


@pytest.fixture
async def queue(db: Database) -> Queue:
    """The queue as the worker of another host uses it."""
    async with db.transaction() as tx:
        return Queue(db, await tx.nodes.ensure("elsewhere", {}))


@pytest.fixture
async def site(settings: Settings, db: Database, make: Factory, client: Client, queue: Queue) -> AsyncIterator[Site]:
    async with idle_worker(settings, db) as (_, bell):
        yield Site(bell, queue, make, client)


async def test_a_submission(site: Site) -> None:
    job_type = await site.make.job_type()
    await eventually(lambda: site.bell.is_idle)
    await site.starts(await site.make.job(job_type))
    assert site.bell.rung > 1


async def test_a_requeue(site: Site) -> None:
    await site.patch("/v6/scheduler/", is_paused=True)
    job = await site.make.job()
    await site.queue.cancel([job.item.job.id])
    await site.patch("/v6/scheduler/", is_paused=False)
    await site.wakes_up_by(lambda: site.post("/v6/jobs/requeue/", job_ids=[job.item.job.id]), job)


async def test_the_type(site: Site) -> None:
    job = await site.make.job(await site.make.job_type(columns={"is_paused": True}))
    await site.wakes_up_by(lambda: site.patch("/v6/job-types/echo/1.0.0/", is_paused=False), job)


async def test_the_type_posted_again(site: Site) -> None:
    job = await site.make.job(await site.make.job_type(columns={"is_paused": True}))
    await site.wakes_up_by(lambda: site.make.job_type(columns={"is_paused": False}), job)


async def test_the_scheduler(site: Site) -> None:
    await site.patch("/v6/scheduler/", is_paused=True)
    job = await site.make.job()
    await site.wakes_up_by(lambda: site.patch("/v6/scheduler/", is_paused=False), job)


@pytest.mark.parametrize(
    ("held", "free"), [({"is_paused": True}, {"is_paused": False}), ({"is_active": False}, {"is_active": True})]
)
async def test_the_node(site: Site, held: dict[str, Any], free: dict[str, Any]) -> None:
    [node] = await site.queue.execute("SELECT node_id FROM worker")
    await site.patch(f"/v6/nodes/{node}/", **held)
    job = await site.make.job()
    await site.wakes_up_by(lambda: site.patch(f"/v6/nodes/{node}/", **free), job)


async def claimed_elsewhere(site: Site, **options: Any) -> tuple[Any, JobDetails]:
    """A claim of another worker, and the next job of its type, which has room for one only."""
    await site.patch("/v6/scheduler/", is_paused=True)
    job_type = await site.make.job_type(columns={"max_scheduled": 1}, **options)
    jobs = [await site.make.job(job_type) for _ in range(2)]
    [node] = await site.queue.execute("SELECT node_id FROM worker")
    await site.patch(f"/v6/nodes/{node}/", is_paused=True)
    await site.patch("/v6/scheduler/", is_paused=False)
    claim = await site.queue.claimed("elsewhere", HOUR)
    await site.patch(f"/v6/nodes/{node}/", is_paused=False)
    return claim, jobs[1]


@pytest.mark.parametrize("limit", [2, None])
async def test_a_limit_that_is_raised(site: Site, limit: int | None) -> None:
    _, job = await claimed_elsewhere(site)
    await site.wakes_up_by(lambda: site.patch("/v6/job-types/echo/1.0.0/", max_scheduled=limit), job)


@pytest.mark.parametrize(
    "outcome", [Completed(CapturedOutput()), Failed("algorithm-unknown", exit_code=1)], ids=["done", "failed"]
)
async def test_a_place_that_gets_free(site: Site, settings: Settings, outcome: Completed | Failed) -> None:
    claim, job = await claimed_elsewhere(site)
    service = wiring.queue_service(settings, site.queue.db)
    await site.wakes_up_by(lambda: service.finish(claim, ExecutionResult(outcome)), job)


async def test_what_a_dead_worker_had(site: Site, settings: Settings) -> None:
    claim, _ = await claimed_elsewhere(site)
    job = await site.make.services.jobs.get(claim.job_id)
    service = wiring.queue_service(settings, site.queue.db)
    await eventually(lambda: site.bell.is_idle)
    assert await service.rescue_workers(["elsewhere"]) == 1
    await until(
        site.make,
        job.item.job.id,
        lambda result: result.item.job.num_exes == 2 and result.item.job.status != "QUEUED",
        AT_ONCE_SECONDS,
    )


async def test_what_a_worker_hands_back(settings: Settings, db: Database, make: Factory, tmp_path: Path) -> None:
    once = f"[ -e {tmp_path}/begun ] && exit; touch {tmp_path}/begun; sleep 60"
    job = await make.job(await make.job_type(interface={"command": script(tmp_path, once)}))
    async with running_worker(settings, db) as first:
        await started(make, job)
        await eventually((tmp_path / "begun").exists)
        async with idle_worker(settings, db) as (_, bell):
            await eventually(lambda: bell.is_idle)
            before = bell.rung
            first.loop.stop()
            assert (await ended(make, job)).item.job.num_exes == 2
            assert bell.rung > before


async def test_a_listener_that_is_ended_listens_again(site: Site) -> None:
    await eventually(lambda: site.bell.is_idle)
    [before] = await site.queue.execute(LISTENERS)
    rung = site.bell.rung
    await site.queue.execute(f"SELECT pg_terminate_backend({before})")
    # It looks for itself once it is back.
    await eventually(lambda: site.bell.rung > rung)
    job_type = await site.make.job_type(columns={"is_paused": True})
    job = await site.make.job(job_type)
    await site.wakes_up_by(lambda: site.patch("/v6/job-types/echo/1.0.0/", is_paused=False), job)
    assert await site.queue.execute(LISTENERS) != [before]


async def test_what_came_while_nobody_could_be_told(settings: Settings, make: Factory, database_url: str, queue: Queue) -> None:
    """NOTIFY is lost without a connection: the worker looks for itself when it listens again."""
    job_type = await make.job_type()
    async with relay_to(database_url) as relay:
        far = Database.connect(relay.url)
        async with idle_worker(settings, far) as (_, bell):
            await eventually(lambda: bell.is_idle)
            await relay.cut()
            await eventually(lambda: gone(queue))
            job = await make.job(job_type)
            await relay.reconnect()
            await until(
                make,
                job.item.job.id,
                lambda result: result.item.job.num_exes == 1 and result.item.job.status != "QUEUED",
                AT_ONCE_SECONDS,
            )
        await far.close()


async def gone(queue: Queue) -> bool:
    """Whether nobody listens."""
    return not await queue.execute(LISTENERS)
