"""How far a bulk operation is after some more of its jobs."""

from dataclasses import dataclass
from datetime import datetime

from jobsvc.domain.bulk import BulkOperation
from jobsvc.domain.status import BulkState
from jobsvc.domain.writes import BulkUpdate


@dataclass(frozen=True, slots=True)
class Chunk:
    """Jobs that were looked at in one transaction: how many, those that were not changed, and the last one."""

    count: int
    refused: int
    last_job_id: int | None
    is_last: bool


def progress(operation: BulkOperation, chunk: Chunk, matched: int, now: datetime) -> BulkUpdate:
    """What becomes of an operation."""
    processed = operation.processed + chunk.count
    result = BulkUpdate(
        state=BulkState.RUNNING,
        started=operation.started or now,
        matched=matched,
        processed=processed,
        done=operation.done + chunk.count - chunk.refused,
        not_eligible=operation.not_eligible + chunk.refused,
        last_job_id=chunk.last_job_id or operation.last_job_id,
    )
    if not chunk.is_last:
        return result
    # Jobs that matched at first and not any more when it was their turn: somebody else changed them.
    end = {"state": BulkState.COMPLETED, "ended": now, "conflict": max(0, matched - processed)}
    return result.model_copy(update=end)
