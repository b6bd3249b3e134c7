"""Works off bulk operations, chunk by chunk.

The row is the truth: whoever takes an operation continues after the last job that was committed, so that a process
that dies leaves nothing half-done and nothing is done twice.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import datetime

import structlog

from jobsvc.db.database import Database, Transaction
from jobsvc.domain import transitions
from jobsvc.domain.bulk import TRANSITIONS, BulkOperation, Result, after_uncancel
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable, LogsUnavailable
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import BulkKind
from jobsvc.domain.transitions import Cancel, Enqueue, TransitionRejected, Uncancel
from jobsvc.domain.writes import BulkUpdate
from jobsvc.services.bulk_progress import Chunk, progress
from jobsvc.services.clock import Clock
from jobsvc.services.purge_work import PurgeWork

log = structlog.get_logger(__name__)

CHUNK = 1000
"""Jobs in one transaction: enough to be fast, few enough not to hold locks for long."""
SHRINK = 10
OTHERS_SECONDS = 0.05
"""How often is looked whether somebody else is done with an operation."""


class BulkWork:
    """What background loops call; any number of processes may, each chunk is done by one."""

    def __init__(self, database: Database, clock: Clock, purges: PurgeWork) -> None:
        self._db = database
        self._clock = clock
        self._purges = purges

    async def run_open(self, *, purges: bool = False) -> None:
        """Work off everything that is not done and that nobody else works on; one that fails does not stop the others.

        Purges take their time, and are worked off apart from what users wait for.
        """
        async with self._db.reading() as tx:
            open_ids = await tx.bulk_operations.open_ids(purges=purges)
        for operation_id in open_ids:
            try:
                await self.run(operation_id)
            except DatabaseBusy as exc:
                log.warning("bulk.deferred_db_unavailable", operation=operation_id, problem=exc.detail)
            except (DatabaseUnavailable, LogsUnavailable):
                raise
            except Exception:
                log.exception("bulk.failed", operation=operation_id)

    async def run(self, operation_id: int) -> None:
        """Work off one operation until it is done or somebody else has it.

        A job that cannot be changed is counted as an error and does not hold up the others: chunks shrink until it is
        alone, and grow again behind it. They shrink for a database that breaks off long statements, too; what it breaks
        off even then is no error of a job: raises DatabaseUnavailable, and goes on there at the next call.
        """
        limit = CHUNK
        more = True
        while more:
            try:
                more = await self.step(operation_id, limit)
                limit = min(CHUNK, limit * SHRINK)
            except DatabaseUnavailable as exc:
                if limit == 1 or not isinstance(exc, DatabaseBusy):
                    raise
                limit = max(1, limit // SHRINK)
            except LogsUnavailable:
                raise
            except Exception:
                if limit == 1:
                    log.exception("bulk.job_failed", operation=operation_id)
                    more = await self._skip(operation_id)
                limit = max(1, limit // SHRINK)

    async def complete(self, operation_id: int) -> None:
        """Work off one operation and come back when it is done, whoever has done it."""
        await self.run(operation_id)
        while not await self._is_done(operation_id):
            await asyncio.sleep(OTHERS_SECONDS)
            # Whoever had it may have died with it.
            await self.run(operation_id)

    async def step(self, operation_id: int, limit: int) -> bool:
        """Do one chunk in a transaction of its own; says whether more is to be done."""
        begun = time.monotonic()
        async with self._db.transaction() as tx:
            operation = await tx.bulk_operations.take(operation_id)
            if operation is None:
                return False
            await tx.act_for(operation.requested_by, operation.id)
            is_purge = operation.kind is BulkKind.PURGE
            change = await (self._purges.chunk if is_purge else self._transit)(tx, operation, limit)
            await tx.bulk_operations.change(operation_id, change)
        if change.ended is None and is_purge:
            removed = (change.processed or 0) - operation.processed
            await asyncio.sleep(self._purges.pace.rest(removed, time.monotonic() - begun))
        return change.ended is None

    async def _transit(self, tx: Transaction, operation: BulkOperation, limit: int) -> BulkUpdate:
        now = self._clock()
        matched = await _matched(tx, operation)
        jobs = await _next(tx, operation, limit)
        results = [TRANSITIONS[operation.kind](job) for job in jobs]
        await _apply(tx, results, {job.id: job for job in jobs}, operation.priority, now)
        refused = sum(isinstance(result, TransitionRejected) for result in results)
        chunk = Chunk(len(jobs), refused, jobs[-1].id if jobs else None, is_last=len(jobs) < limit)
        return progress(operation, chunk, matched, now)

    async def _is_done(self, operation_id: int) -> bool:
        async with self._db.reading() as tx:
            return await tx.bulk_operations.is_done(operation_id)

    async def _skip(self, operation_id: int) -> bool:
        """Pass over the next job."""
        async with self._db.transaction() as tx:
            operation = await tx.bulk_operations.take(operation_id)
            if operation is None:
                return False
            job_id = await self._next_id(tx, operation)
            if job_id is not None:
                passed = BulkUpdate(processed=operation.processed + 1, error=operation.error + 1, last_job_id=job_id)
                await tx.bulk_operations.change(operation_id, passed)
            return job_id is not None

    async def _next_id(self, tx: Transaction, operation: BulkOperation) -> int | None:
        if operation.kind is BulkKind.PURGE:
            return await self._purges.next_id(tx, operation)
        jobs = await _next(tx, operation, 1)
        return jobs[0].id if jobs else None


async def _next(tx: Transaction, operation: BulkOperation, limit: int) -> list[JobState]:
    after = operation.last_job_id or 0
    return await tx.job_changes.lock_chunk(operation.filter, after_id=after, max_id=operation.max_job_id, limit=limit)


async def _apply(
    tx: Transaction, results: Sequence[Result], jobs: dict[int, JobState], priority: int | None, now: datetime
) -> None:
    await tx.job_changes.cancel([result.job_id for result in results if isinstance(result, Cancel)], now)
    await tx.job_changes.enqueue([result for result in results if isinstance(result, Enqueue)], now, priority)
    uncanceled = [jobs[result.job_id] for result in results if isinstance(result, Uncancel)]
    await tx.job_changes.uncancel([job.id for job in uncanceled], now)
    # Nobody else would ever queue a job without a recipe (docs/spec/decisions.md#uncancel).
    first = [transitions.enqueue(after_uncancel(job)) for job in uncanceled]
    await tx.job_changes.enqueue([item for item in first if isinstance(item, Enqueue)], now, priority)


async def _matched(tx: Transaction, operation: BulkOperation) -> int:
    """How many jobs the filter selects, counted before the first of them is changed."""
    if operation.matched is not None:
        return operation.matched
    return await tx.job_changes.count(operation.filter, operation.max_job_id)
