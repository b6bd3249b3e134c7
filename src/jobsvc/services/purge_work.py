"""Carries out purges, some jobs at a time: their lines go first, then files, and at last the rows, in one transaction.

Whatever breaks off in between leaves jobs whose lines or files are gone, and the next run takes them.
"""

from collections.abc import Sequence

from jobsvc.db.database import Transaction
from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.retention import PurgeBounds, PurgeLook, RetentionDefaults
from jobsvc.domain.writes import BulkUpdate
from jobsvc.ports.log_store import LogStore
from jobsvc.services.bulk_progress import Chunk, progress
from jobsvc.services.clock import Clock
from jobsvc.services.pacing import Pace
from jobsvc.services.retention import purge_bounds
from jobsvc.storage.storages import Storages


class PurgeWork:
    """What bulk operations that purge consist of; between chunks they rest for `pause_seconds` at least (`services.pacing`)."""

    def __init__(
        self,
        log_store: LogStore,
        clock: Clock,
        defaults: RetentionDefaults,
        *,
        pause_seconds: float,
        storages: Storages | None = None,
    ) -> None:
        self._log_store = log_store
        self._clock = clock
        self._defaults = defaults
        self._storages = storages or Storages()
        self.pace = Pace(pause_seconds)

    async def chunk(self, tx: Transaction, operation: BulkOperation, limit: int) -> BulkUpdate:
        """Remove the next jobs; how far the operation is then."""
        matched = operation.matched
        if matched is None:
            # Before the lock: who holds something does not wait while all is counted.
            matched = await tx.purging.count(await self._bounds(tx, operation), operation.max_job_id)
        await tx.purging.lock()
        bounds = await self._bounds(tx, operation)
        look = await self._next(tx, bounds, operation, min(limit, self.pace.size))
        going = await tx.purging.still(bounds, look.ids)
        await self._remove(tx, bounds, going)
        chunk = Chunk(len(look.ids), len(look.ids) - len(going), look.last_job_id, is_last=look.is_last)
        return progress(operation, chunk, matched, self._clock())

    async def next_id(self, tx: Transaction, operation: BulkOperation) -> int | None:
        """The job that comes next."""
        look = await self._next(tx, await self._bounds(tx, operation), operation, 1)
        return look.ids[0] if look.ids else None

    async def _bounds(self, tx: Transaction, operation: BulkOperation) -> list[PurgeBounds]:
        # As of when it was asked for: a run comes to an end, whatever gets old meanwhile.
        return await purge_bounds(tx, self._defaults, operation.created, operation.filter.job_type_ids)

    async def _next(self, tx: Transaction, bounds: list[PurgeBounds], operation: BulkOperation, limit: int) -> PurgeLook:
        after = operation.last_job_id or 0
        return await tx.purging.lock_next(bounds, after_id=after, max_id=operation.max_job_id, limit=limit)

    async def _remove(self, tx: Transaction, bounds: list[PurgeBounds], ids: Sequence[int]) -> None:
        if not ids:
            return
        executions = await tx.purging.executions(ids)
        files = await tx.purging.products(bounds, ids)
        await self._log_store.delete(executions)
        for file in files:
            if not file.is_deleted:
                await self._storages.of(file.configuration).delete(file.file_path)
        await tx.purging.delete(ids, [execution.id for execution in executions], [file.id for file in files])
