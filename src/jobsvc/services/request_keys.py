"""`Idempotency-Key`: a request that is repeated with its key is not carried out again."""

import asyncio
import hashlib
import json
from datetime import timedelta
from typing import Any

import orjson

from jobsvc.db.database import Database, Transaction
from jobsvc.db.idempotency_keys import KnownKey
from jobsvc.domain.errors import IdempotencyMismatch, InvalidRequest
from jobsvc.domain.writes import RequestKey
from jobsvc.services.clock import Clock

MAX_KEY = 255
BATCH = 1000
"""How many keys are let go of in one transaction."""
PAUSE_SECONDS = 0.1
"""Between two of them: nobody waits for it, and others write meanwhile."""


def request_key(user: str, key: str | None, body: Any, *, is_many: bool = False) -> RequestKey | None:
    """The key of a user's request with this body, None without one; keys of different users do not meet."""
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY or not key.isprintable():
        raise InvalidRequest(f"Idempotency-Key: must be 1 to {MAX_KEY} printable characters.")
    return RequestKey(f"{user}:{key}", _digest(body), is_many)


class RequestKeyService:
    """Remembers keys for so many days; 0: for ever."""

    def __init__(self, database: Database, clock: Clock, *, days: int) -> None:
        self._db = database
        self._clock = clock
        self._days = days

    async def delete_expired(self) -> None:
        """Let go of keys that are too old, some at a time."""
        deleted = BATCH if self._days else 0
        while deleted == BATCH:
            deleted = await self._delete_batch()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _delete_batch(self) -> int:
        async with self._db.transaction() as tx:
            return await tx.idempotency_keys.delete_expired(self._clock() - timedelta(days=self._days), BATCH)


async def known_result(tx: Transaction, key: RequestKey | None) -> KnownKey | None:
    """What an earlier request with this key has led to.

    Raises:
        IdempotencyMismatch: The key came with another body.
    """
    known = None if key is None else await tx.idempotency_keys.find(key.key)
    if known is not None and key is not None and known.body_digest != key.body_digest:
        raise IdempotencyMismatch("Idempotency-Key: the key was used before with another body.")
    return known


def _digest(body: Any) -> str:
    """The same for bodies that mean the same, whatever their blanks and the sequence of their members."""
    try:
        text = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # A number of more than 64 bits: it will be refused, but not here.
        text = json.dumps(body, sort_keys=True).encode()
    return hashlib.sha256(text).hexdigest()
