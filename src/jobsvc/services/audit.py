"""The audit: written behind the answers, many entries at once, so that requests do not wait for it."""

import asyncio
from collections import deque
from datetime import timedelta

import structlog

from jobsvc.db.database import Database
from jobsvc.db.retry import retry_while_unavailable
from jobsvc.domain.audit import AuditEntry, AuditItem
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.domain.filters import AuditFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.services.clock import Clock

log = structlog.get_logger(__name__)
GATHER_SECONDS = 0.05
"""For how long entries are gathered that are written together."""
AT_ONCE = 500
CLOSE_SECONDS = 2.0
"""For how long the end of a process waits for its entries to be written."""
MOST_WAITING = 50_000
"""Entries that wait for a database that is away; what comes then is logged instead."""
REFUSALS_PER_MINUTE = 120
"""Of a process; more are counted in its log."""
FORBIDDEN = frozenset({401, 403})


class AuditService:
    """Keeps what callers asked for."""

    def __init__(self, database: Database, clock: Clock, *, days: int = 0) -> None:
        """`days`: how long entries are kept; 0 is for ever."""
        self._db = database
        self._clock = clock
        self._days = days
        self._waiting: deque[AuditEntry] = deque()
        self._writer: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()
        self._refusals = 0
        self._minute = 0

    def note(self, entry: AuditEntry) -> None:
        """Take an entry, which is written in a moment; of refusals only so many in a minute."""
        if entry.status in FORBIDDEN and not self._may_note_refusal(entry):
            return
        if len(self._waiting) >= MOST_WAITING:
            log.error("audit.dropped", user=entry.user, operation=entry.operation, path=entry.path, status=entry.status)
            return
        self._waiting.append(entry)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.get_running_loop().create_task(self._write_soon())

    async def flush(self) -> None:
        """Write what waits, and what comes while that is written.

        Raises:
            DatabaseUnavailable: It still waits then.
        """
        async with self._writing:
            while self._waiting:
                entries = [self._waiting[place] for place in range(min(AT_ONCE, len(self._waiting)))]
                async with self._db.transaction() as tx:
                    await tx.audit.add(entries)
                for _ in entries:
                    self._waiting.popleft()

    async def close(self) -> None:
        """Write what waits; a database that is away by now does not keep the service from stopping: its log says what is lost."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.flush()
        except (DatabaseUnavailable, TimeoutError) as exc:
            log.error("audit.lost", count=len(self._waiting), problem=str(exc))  # noqa: TRY400

    async def list(self, criteria: AuditFilter, request: PageRequest) -> Page[AuditItem]:
        """A page of entries, the latest first, with all that this process has answered so far.

        Raises:
            InvalidPage: Beyond the end.
        """
        await self.flush()
        async with self._db.reading() as tx:
            return await tx.audit.page(criteria, request)

    async def delete_expired(self) -> None:
        """Let go of entries that are too old, unless another process is at it."""
        if not self._days:
            return
        async with self._db.transaction() as tx:
            if await tx.lock_task("audit_retention"):
                await tx.audit.delete_before(self._clock() - timedelta(days=self._days))

    async def _write_soon(self) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        try:
            await retry_while_unavailable(self.flush, "audit")
        except Exception:
            log.exception("audit.failed")
            # What the database does not take it would not take later either, and all others wait behind it.
            for _ in range(min(AT_ONCE, len(self._waiting))):
                self._waiting.popleft()

    def _may_note_refusal(self, entry: AuditEntry) -> bool:
        minute = int(entry.at.timestamp() // 60)
        if minute != self._minute:
            if self._refusals > REFUSALS_PER_MINUTE:
                log.warning("audit.refusals_not_kept", count=self._refusals - REFUSALS_PER_MINUTE)
            self._minute, self._refusals = minute, 0
        self._refusals += 1
        return self._refusals <= REFUSALS_PER_MINUTE
