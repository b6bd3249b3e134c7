"""Keys of requests that must not be carried out twice. They are stored with the jobs: see `db/submissions.py`."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select
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
    """Reads keys."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, key: str) -> KnownKey | None:
        """What is known of a key."""
        return await _KNOWN.first(self._connection, select(*_KNOWN.columns).where(IdempotencyKeyRow.key == key))
