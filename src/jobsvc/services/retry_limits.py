"""Letting retries go on that the limits of their job types hold (docs/adr/0034-retry-limits.md)."""

from jobsvc.db.database import Database, Transaction
from jobsvc.db.retry_limits import HeldType
from jobsvc.domain.change_events import EventType
from jobsvc.domain.retry_limits import BreakerState, Ends, after_release, allowance, next_gate

TASK = "retry_limits"
EVENTS = {
    BreakerState.OPEN: EventType.BREAKER_OPENED,
    BreakerState.HALF_OPEN: EventType.BREAKER_HALF_OPENED,
    BreakerState.CLOSED: EventType.BREAKER_CLOSED,
}


class RetryLimitService:
    """Looks at what is held, and lets go on what may: in one process at a time, and by what there is, not by what was said."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def run(self) -> None:
        """Look once at all job types with retries that are held."""
        async with self._db.transaction() as tx:
            held = await tx.retry_limits.held()
            if held and await tx.lock_task(TASK):
                # Read again: another process may have let them go on meanwhile.
                for item in await tx.retry_limits.held():
                    await _look(tx, item)


async def _look(tx: Transaction, item: HeldType) -> None:
    repository, limits, before = tx.retry_limits, item.limits, item.gate
    ends = Ends()
    if limits.breaker is not None:
        ends = await repository.ends(item.job_type_id, limits.breaker.window_seconds, before.since)
    gate = next_gate(limits, before, ends, item.now)
    if gate.state is not before.state:
        await repository.tell(item.job_type_id, EVENTS[gate.state], ends, gate.error)
    starts = await repository.starts(item.job_type_id, limits.budget.window_seconds) if limits.budget else 0
    count = allowance(limits, gate, starts, item.now)
    released = await repository.release(item.job_type_id, count) if count else 0
    gate = after_release(limits, gate, released, item.now)
    if gate != before:
        await repository.store(item.job_type_id, gate)
