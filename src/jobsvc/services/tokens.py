"""Tokens that are kept in the database: given out, listed, taken back, and known again."""

import secrets
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta

from jobsvc.db.database import Database
from jobsvc.domain.access import PERMISSIONS, Permission, Principal, Role, digest_of
from jobsvc.domain.errors import DatabaseUnavailable, Forbidden, InvalidRequest
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.tokens import PREFIX, TokenInsert, TokenItem
from jobsvc.services.clock import Clock

KNOWN_SECONDS = 5.0
"""For how long a process takes for true what it has read of a token: a revoked one is refused after this time everywhere."""
USE_TIME = timedelta(minutes=1)
"""How old the written time of the last use may become."""
MOST_KNOWN = 10_000
SECRET_BYTES = 32


class TokenService:
    """Use cases around tokens."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._known: dict[str, tuple[float, TokenItem | None]] = {}

    async def principal_of(self, token: str) -> Principal | None:
        """The owner of a token; None when it is not valid.

        Raises:
            DatabaseUnavailable: It has to be looked for, and cannot be.
        """
        if not token.startswith(PREFIX):
            return None
        digest = digest_of(token)
        until, item = self._known.get(digest, (0.0, None))
        if time.monotonic() >= until:
            item = await self._find(digest)
        return item.principal if item is not None and item.is_valid(self._clock()) else None

    def is_known(self, token: str) -> bool:
        """Whether the owner of a token can be said without asking the database."""
        until, item = self._known.get(digest_of(token), (0.0, None))
        return item is not None and time.monotonic() < until

    async def make(
        self,
        name: str,
        role: Role,
        *,
        scopes: Collection[Permission] | None = None,
        job_types: Collection[str] | None = None,
        expires: datetime | None = None,
        by: Principal | None = None,
    ) -> tuple[TokenItem, str]:
        """Make a token; returns what is known of it and the token itself, which is stored nowhere.

        Raises:
            InvalidRequest: It would have no name, be for job types without one, or have expired already.
            Forbidden: It would allow more than `by` may do.
        """
        now = self._clock()
        _check(name, job_types, expires, now)
        _require_no_more(role, scopes, by)
        token = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
        names = None if scopes is None else sorted(scopes)
        types = None if job_types is None else sorted(set(job_types))
        insert = TokenInsert(name, digest_of(token), role, names, types, expires, by.name if by else None)
        async with self._db.transaction() as tx:
            return await tx.access_tokens.add(insert, now), token

    async def list(self, request: PageRequest) -> Page[TokenItem]:
        """All tokens, the latest first."""
        async with self._db.reading() as tx:
            return await tx.access_tokens.page(request)

    async def revoke(self, token_id: int) -> TokenItem:
        """Take a token back.

        Raises:
            NotFound: There is none.
        """
        async with self._db.transaction() as tx:
            item = await tx.access_tokens.revoke(token_id, self._clock())
        # Here at once, in other processes when they ask again.
        self._known.clear()
        return item

    async def _find(self, digest: str) -> TokenItem | None:
        now = self._clock()
        async with self._db.reading() as tx:
            item = await tx.access_tokens.find(digest)
            if item is not None and item.is_valid(now) and (item.last_used is None or now - item.last_used > USE_TIME):
                # A database that takes no changes is still good for reading.
                with suppress(DatabaseUnavailable):
                    await tx.access_tokens.note_use(item.id, now)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[digest] = time.monotonic() + KNOWN_SECONDS, item
        return item


def _check(name: str, job_types: Collection[str] | None, expires: datetime | None, now: datetime) -> None:
    if not name.strip():
        raise InvalidRequest("name: must have at least one character that is no blank.")
    if not all(item.strip() for item in job_types or ()):
        raise InvalidRequest("job_types: a name must not be empty; for all job types leave them out.")
    if expires is not None and expires <= now:
        raise InvalidRequest("expires: must be in the future.")


def _require_no_more(role: Role, scopes: Collection[Permission] | None, by: Principal | None) -> None:
    granted = PERMISSIONS[role] if scopes is None else PERMISSIONS[role] & frozenset(scopes)
    if by is not None and (more := granted - by.permissions):
        raise Forbidden(f"{by.name} may not give out what it does not have itself: {', '.join(sorted(more))}.")
