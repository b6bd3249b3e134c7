"""Keys of requests that must not be carried out twice."""

from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import advisory_locks
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import IdempotencyKeyRow


class KnownKey(NamedTuple):
    """What a key has led to."""

    body_digest: str
    job_id: int


_KNOWN = mapper_of(KnownKey, IdempotencyKeyRow)


class IdempotencyKeyRepository:
    """Reads and writes keys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, key: str) -> KnownKey | None:
        """What is known of a key; other transactions with the same key wait for the end of this one."""
        await advisory_locks.lock(self._connection, advisory_locks.IDEMPOTENCY_KEY, key)
        return await _KNOWN.first(self._connection, select(*_KNOWN.columns).where(IdempotencyKeyRow.key == key))

    async def add(self, key: str, body_digest: str, job_id: int) -> None:
        """Remember what a key has led to."""
        values = {"key": key, "body_digest": body_digest, "job_id": job_id}
        await self._connection.execute(insert(IdempotencyKeyRow).values(**values))
