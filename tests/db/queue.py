"""A queue to claim from: many jobs fast, and the calls of workers in transactions of their own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from jobsvc.db.claims import Claim, Lease
from jobsvc.db.database import Database, Transaction
from jobsvc.db.queue_head import Owner
from jobsvc.domain.execution_records import ExecutionEnd
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.transitions import Enqueue
from jobsvc.services.launching import NOTHING
from jobsvc.services.queueing import SUBPROCESS
from tests.db.rows import NOON
from tests.waiting import eventually

MINUTE = timedelta(minutes=1)
EXPIRED = timedelta(minutes=-1)
PENDING_JOBS = text("""
    INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries, input, last_modified)
    SELECT r.job_type_id, r.id, 'PENDING', 3, '{"files": {}, "json": {}}', now() - n * interval '1 second'
    FROM job_type_revision r, generate_series(1, :count) n
    WHERE r.job_type_id = :job_type_id
    RETURNING id
""")
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
END = ExecutionEnd("COMPLETED", None, None, None, {"version": "1.0", "tasks": []}, None)


class Queue:
    """The queue of the test's database, claimed from on one node."""

    def __init__(self, db: Database, node_id: int) -> None:
        self.db = db
        self.node_id = node_id

    async def pending(self, job_type: JobTypeDetails, count: int) -> list[int]:
        """Jobs that wait for their input."""
        parameters = {"job_type_id": job_type.item.job_type.id, "count": count}
        async with self.db.engine.begin() as connection:
            return sorted((await connection.execute(PENDING_JOBS, parameters)).scalars())

    async def enqueue(self, ids: Sequence[int], *, exe_num: int = 1, priority: int = 100, now: datetime = NOON) -> None:
        """Queue jobs as their attempt of this number."""
        async with self.db.transaction() as tx:
            await tx.job_changes.enqueue([Enqueue(job_id, exe_num, 3) for job_id in ids], now, priority)

    async def queued(self, job_type: JobTypeDetails, count: int = 1, **options: Any) -> list[int]:
        """Jobs that wait for a worker."""
        ids = await self.pending(job_type, count)
        await self.enqueue(ids, **options)
        return ids

    async def claim(self, worker: str = "worker", lease: timedelta = MINUTE) -> Claim | None:
        """Claim the best job."""
        async with self.db.transaction() as tx:
            return await self.claim_in(tx, worker, lease)

    async def claim_in(self, tx: Transaction, worker: str = "worker", lease: timedelta = MINUTE) -> Claim | None:
        """Claim the best job in a transaction that stays open."""
        claims = await self.claim_many_in(tx, 1, worker, lease)
        return claims[0] if claims else None

    async def claim_many_in(self, tx: Transaction, limit: int, worker: str = "worker", lease: timedelta = MINUTE) -> list[Claim]:
        """Claim the best jobs in a transaction that stays open."""
        waiting = await tx.queue_head.pick(self.node_id, SUBPROCESS, SUBPROCESS, limit)
        owner = Owner(worker, self.node_id, None)
        return await tx.queue_head.start(waiting, [NOTHING] * len(waiting), owner, lease, NOON) if waiting else []

    async def claim_many(self, limit: int, worker: str = "worker", lease: timedelta = MINUTE) -> list[Claim]:
        """Claim the best jobs at once."""
        async with self.db.transaction() as tx:
            return await self.claim_many_in(tx, limit, worker, lease)

    async def claimed(self, worker: str = "worker", lease: timedelta = MINUTE) -> Claim:
        """Claim the best job; there is one."""
        claim = await self.claim(worker, lease)
        assert claim is not None
        return claim

    async def all_claimed(self, worker: str = "worker") -> list[Claim]:
        """Claim until there is nothing left."""
        claims = []
        while (claim := await self.claim(worker)) is not None:
            claims.append(claim)
        return claims

    async def cancel(self, ids: Sequence[int], now: datetime = NOON) -> None:
        """Cancel jobs."""
        async with self.db.transaction() as tx:
            for job_id in ids:
                await tx.job_changes.lock(job_id)
            await tx.job_changes.cancel(ids, now)

    async def end(self, claim: Claim) -> None:
        """End an execution."""
        async with self.db.transaction() as tx:
            await tx.claims.end({claim.execution_id: END}, NOON)

    async def lock_lease(self, execution_id: int, token: int, lost_after: timedelta | None = None) -> bool:
        """Whether a lease is held with this token."""
        async with self.db.transaction() as tx:
            return await tx.claims.lock_lease(execution_id, token, lost_after=lost_after)

    async def renew(self, worker: str = "worker", lease: timedelta = MINUTE) -> list[Lease]:
        """The heartbeat of a worker."""
        async with self.db.transaction() as tx:
            return await tx.claims.renew(worker, lease)

    async def lost(self, cancel_deadline: timedelta = MINUTE) -> list[Lease]:
        """What a rescue finds."""
        async with self.db.transaction() as tx:
            return await tx.claims.lost(cancel_deadline, limit=100)

    async def until_someone_waits(self, count: int = 1) -> None:
        """Come back as soon as this many transactions wait for locks that others hold."""

        async def are_waiting() -> bool:
            return len(await self.execute(WAITING)) >= count

        await eventually(are_waiting, 10, pause=0.01)

    async def execute(self, statement: str, **parameters: Any) -> list[Any]:
        """Run any statement; gives its rows, as values when there is one column."""
        async with self.db.engine.begin() as connection:
            result = await connection.execute(text(statement), parameters)
            if not result.returns_rows:
                return []
            return [row[0] if len(row) == 1 else tuple(row) for row in result]
