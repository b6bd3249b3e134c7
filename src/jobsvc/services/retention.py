"""What is kept, and for how long: job types say so, jobs are held, and purges are previewed and begun."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from jobsvc.db.database import Database, Transaction
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.retention import (
    JobHold,
    PurgeBounds,
    PurgePreview,
    RetentionDefaults,
    RetentionPolicy,
    TypeRetention,
    bounds_of,
)
from jobsvc.domain.status import BulkKind
from jobsvc.domain.writes import BulkInsert
from jobsvc.services.bulk import ids_of_types
from jobsvc.services.clock import Clock

log = structlog.get_logger(__name__)
MOST_COUNTED = 100_000
"""Jobs that a preview counts."""
PERIOD = timedelta(days=1)
"""How often the service purges by itself."""
SLACK = timedelta(minutes=30)
TypeNames = Sequence[tuple[str, str]]


class RetentionService:
    """Use cases around retention."""

    def __init__(self, database: Database, clock: Clock, defaults: RetentionDefaults) -> None:
        self._db = database
        self._clock = clock
        self._defaults = defaults

    async def of_type(self, name: str, version: str) -> TypeRetention:
        """What a job type says, and what holds for it.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            job_type = await tx.job_types.by_name(name, version)
            policy = await tx.retention.policy(job_type.item.job_type.id)
            return TypeRetention(policy, self._defaults.of(policy))

    async def set_for_type(self, name: str, version: str, policy: RetentionPolicy) -> TypeRetention:
        """Say something else of a job type; once it is held, none of its jobs goes any more.

        Raises:
            NotFound: There is none.
        """
        async with self._db.transaction() as tx:
            await tx.purging.lock()
            job_type = await tx.job_types.by_name(name, version)
            await tx.retention.set_policy(job_type.item.job_type.id, policy)
            return TypeRetention(policy, self._defaults.of(policy))

    async def hold(self, job_id: int, reason: str | None, user: str) -> JobHold:
        """Hold a job, in whatever state it is: it is not purged until it is released.

        Raises:
            NotFound: There is none, or it was purged.
        """
        async with self._db.transaction() as tx:
            await tx.purging.lock()
            await tx.job_changes.lock(job_id)
            hold = JobHold(job_id, reason, user, self._clock())
            await tx.retention.hold(hold)
            return hold

    async def hold_of(self, job_id: int) -> JobHold:
        """The hold of a job.

        Raises:
            NotFound: It is not held.
        """
        async with self._db.reading() as tx:
            hold = await tx.retention.hold_of(job_id)
        if hold is None:
            raise NotFound("Hold of job", job_id)
        return hold

    async def release(self, job_id: int) -> None:
        """Let go of a job that was held.

        Raises:
            NotFound: There is no such job.
        """
        async with self._db.transaction() as tx:
            await tx.job_changes.lock(job_id)
            await tx.retention.release(job_id)

    async def preview(self, types: TypeNames = ()) -> PurgePreview:
        """What a run would remove now.

        Raises:
            InvalidRequest: There is no such job type.
        """
        async with self._db.reading() as tx:
            ids = await ids_of_types(tx, types) if types else None
            bounds = await purge_bounds(tx, self._defaults, self._clock(), ids)
            counts = await tx.purging.counts(bounds, MOST_COUNTED + 1)
            is_cut = sum(count.jobs for count in counts) > MOST_COUNTED
            return PurgePreview(counts, await tx.job_types.refs([count.job_type_id for count in counts]), is_cut)

    async def purge(self, types: TypeNames = (), user: str | None = None) -> int:
        """Begin a run; returns the id of its bulk operation.

        Raises:
            InvalidRequest: There is no such job type.
        """
        async with self._db.transaction() as tx:
            ids = await ids_of_types(tx, types) if types else None
            return await self._begin(tx, JobFilter(job_type_ids=ids), user)

    async def purge_daily(self) -> None:
        """Begin a run when there has been none for a day, none goes on, and there is something to remove."""
        now = self._clock()
        async with self._db.transaction() as tx:
            if not await tx.lock_task("retention") or await tx.bulk_operations.has_purge(since=now - PERIOD + SLACK):
                return
            bounds = await purge_bounds(tx, self._defaults, now, None)
            if await tx.purging.counts(bounds, 1):
                log.info("purge.begun", operation=await self._begin(tx, JobFilter(), None))

    async def _begin(self, tx: Transaction, criteria: JobFilter, user: str | None) -> int:
        newest = await tx.job_changes.highest_id()
        return await tx.bulk_operations.add(BulkInsert(BulkKind.PURGE, criteria, None, user, newest, self._clock()))


async def purge_bounds(
    tx: Transaction, defaults: RetentionDefaults, now: datetime, job_type_ids: frozenset[int] | None
) -> list[PurgeBounds]:
    """What may go of all job types, or of some; nothing of those that are held."""
    policies = await tx.retention.policies()
    return [
        bounds_of(job_type_id, defaults.of(policy), now)
        for job_type_id, policy in policies.items()
        if not policy.is_held and (job_type_ids is None or job_type_id in job_type_ids)
    ]
