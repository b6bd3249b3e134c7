"""Workers in the test's process, and waiting for what they do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from jobsvc import wiring
from jobsvc.db.database import Database
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobDetails
from jobsvc.ports.log_store import LogStore
from jobsvc.settings import Settings
from tests.factories import Factory
from tests.waiting import eventually

FINAL = {"COMPLETED", "FAILED", "CANCELED"}


@asynccontextmanager
async def running_worker(
    settings: Settings, db: Database, store: LogStore | None = None, **changes: Any
) -> AsyncIterator[wiring.WorkerComponents]:
    """A worker with the background loops of every process, drained at the end of the block."""
    chosen = settings.model_copy(update={"slots": 4, "drain_seconds": 0.2, "grace_seconds": 1} | changes)
    components = await wiring.open_worker(chosen, db, store)
    background = asyncio.create_task(wiring.maintenance(chosen, db).run())
    task = asyncio.create_task(components.loop.run())
    try:
        yield components
    finally:
        components.loop.stop()
        await task
        background.cancel()
        await asyncio.gather(background, return_exceptions=True)
        await wiring.close_worker(db, components)


async def until(make: Factory, job_id: int, predicate: Callable[[JobDetails], bool], seconds: float = 60) -> JobDetails:
    """The job as soon as it is as wanted."""

    async def job() -> JobDetails | None:
        result = await make.services.jobs.get(job_id)
        return result if predicate(result) else None

    return cast("JobDetails", await eventually(job, seconds))


async def ended(make: Factory, job: JobDetails) -> JobDetails:
    """The job when it is final."""
    return await until(make, job.item.job.id, lambda result: result.item.job.status in FINAL)


async def started(make: Factory, job: JobDetails) -> JobDetails:
    """The job when it runs."""
    return await until(make, job.item.job.id, lambda result: result.item.job.status == "RUNNING")


async def canceled(make: Factory, job: JobDetails, seconds: float = 20) -> None:
    """Wait until the job's only execution is canceled."""

    async def is_canceled() -> bool:
        return await executions(make, job) == [(1, "CANCELED")]

    await eventually(is_canceled, seconds)


async def executions(make: Factory, job: JobDetails) -> list[tuple[int, str]]:
    """Number and status of a job's executions, the latest first."""
    page = await make.services.jobs.executions(job.item.job.id, ExecutionFilter(), PageRequest())
    return [(item.execution.exe_num, item.execution.status) for item in page.items]
