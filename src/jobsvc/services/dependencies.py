"""Jobs that wait for others: queued, blocked and released by what became of these (docs/guide/dependencies.md)."""

from collections.abc import Collection
from datetime import datetime

from jobsvc.db.database import Database, Transaction
from jobsvc.domain import transitions
from jobsvc.domain.dependencies import waiting_status
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import JobStatus
from jobsvc.domain.transitions import Enqueue
from jobsvc.services.clock import Clock

PORTION = 500
"""Jobs in one transaction."""
WAITING = frozenset({JobStatus.PENDING, JobStatus.BLOCKED})


class DependencyService:
    """What background loops call; any number of processes may, each change is worked off by one."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def run(self) -> None:
        """Work off all changes that nobody else is at."""
        while await self._work_off():
            pass

    async def _work_off(self) -> bool:
        async with self._db.transaction() as tx:
            change = await tx.dependencies.next_change()
            if change is None:
                return False
            children = await tx.dependencies.children(change, PORTION)
            await settle(tx, children, self._clock())
            await tx.dependencies.advance(change, children, PORTION)
        return True


async def settle(tx: Transaction, job_ids: Collection[int], now: datetime) -> None:
    """Set jobs that wait for others to the status that these mean; a job that does not wait any more stays as it is.

    The jobs are locked by id. What their parents are is read under these locks, and a parent that changes afterwards is a change
    of its own, so that the last one to change decides.
    """
    jobs = [job for job in await tx.job_changes.lock_all(job_ids) if job.status in WAITING and not job.num_exes]
    if not jobs:
        return
    await tx.dependencies.note_met([job.id for job in jobs])
    parents = await tx.dependencies.parents([job.id for job in jobs])
    due = {job: waiting_status(parents[job.id]) for job in jobs if job.id in parents}
    ready = [change for job, status in due.items() if status is JobStatus.QUEUED and (change := _enqueued(job))]
    await tx.job_changes.enqueue(ready, now)
    await tx.dependencies.put_off([change.job_id for change in ready])
    for status in WAITING:
        changed = [job.id for job, status_due in due.items() if status_due is status and job.status is not status]
        await tx.job_changes.wait(changed, status, now)


def _enqueued(job: JobState) -> Enqueue | None:
    """How a job is queued; None for one that was superseded, or lost its input."""
    change = transitions.enqueue(job)
    return change if isinstance(change, Enqueue) else None
