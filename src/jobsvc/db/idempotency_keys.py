"""Keys of requests that must not be carried out twice. They are stored with the jobs: see `db/submissions.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import IdempotencyKeyRow


class KnownKey(NamedTuple):
    """What a key has led to: one job, or many with what was refused beside them (status and text by place in the request)."""

    body_digest: str
    job_id: int | None
    job_ids: Sequence[int] | None
    refused: Mapping[str, Any] | None


_KNOWN = mapper_of(KnownKey, IdempotencyKeyRow)


class IdempotencyKeyRepository:
    """Reads keys, and lets go of old ones."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, key: str) -> KnownKey | None:
        """What is known of a key."""
        return await _KNOWN.first(self._connection, select(*_KNOWN.columns).where(IdempotencyKeyRow.key == key))

    async def delete_expired(self, before: datetime, limit: int) -> int:
        """Delete at most so many keys that are older than a time; says how many. What another process deletes is left to it."""
        old = select(IdempotencyKeyRow.key).where(IdempotencyKeyRow.created < before).order_by(IdempotencyKeyRow.created)
        some = old.limit(limit).with_for_update(skip_locked=True)
        return (await self._connection.execute(delete(IdempotencyKeyRow).where(IdempotencyKeyRow.key.in_(some)))).rowcount
