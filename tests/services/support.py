"""A worker as tests drive it, and what became of its jobs in a few words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobsvc.db.claims import Claim
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.outcome import Outcome
from jobsvc.domain.paging import PageRequest
from jobsvc.services.completion import ExecutionResult
from jobsvc.services.queueing import QueueService, Worker
from tests.db.queue import EXPIRED, Queue
from tests.factories import Factory


@dataclass(frozen=True)
class Station:
    """A worker, the queue that it claims from, and a factory of jobs."""

    service: QueueService
    worker: Worker
    queue: Queue
    make: Factory

    async def running(self, **options: Any) -> Claim:
        """A running execution of a new job; the options are those of its type."""
        await self.make.job(await self.make.job_type(**options))
        return await self.claimed()

    async def claimed(self) -> Claim:
        """Claim the best job; there is one."""
        [claimed] = await self.service.claim(self.worker)
        return claimed.claim

    async def finish(self, claim: Claim, outcome: Outcome) -> None:
        """End an execution that has no products."""
        await self.service.finish(claim, ExecutionResult(outcome))

    async def expire(self) -> None:
        """Let the worker's leases run out."""
        await self.queue.renew(self.worker.id, EXPIRED)

    async def job(self, job_id: int) -> tuple[str, int, int, str | None]:
        """Status, attempts, attempts allowed, and name of the error."""
        item = (await self.make.services.jobs.get(job_id)).item
        return item.job.status, item.job.num_exes, item.job.max_tries, item.error.name if item.error else None

    async def executions(self, job_id: int) -> list[tuple[int, str, str | None]]:
        """Number, status and name of the error, the latest first."""
        page = await self.make.services.jobs.executions(job_id, ExecutionFilter(), PageRequest())
        return [(item.execution.exe_num, item.execution.status, item.error.name if item.error else None) for item in page.items]

    async def execution(self, execution_id: int) -> Mapping[str, Any]:
        """All columns of an execution."""
        [document] = await self.queue.execute("SELECT to_jsonb(execution) FROM execution WHERE id = :id", id=execution_id)
        result: Mapping[str, Any] = document
        return result

    async def waiting(self) -> list[tuple[int, int, int]]:
        """The queue: job, attempt, priority."""
        return await self.queue.execute("SELECT job_id, exe_num, priority FROM queue ORDER BY id")
