"""The audit: it only grows, but for what retention lets go of."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import AUDIT_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import AuditEntryRow
from jobsvc.domain.audit import AuditEntry, AuditItem
from jobsvc.domain.filters import AuditFilter
from jobsvc.domain.paging import Page, PageRequest

_ITEM = RowMapper(AuditItem, id=AuditEntryRow.id, entry=mapper_of(AuditEntry, AuditEntryRow))
_RETENTION = text("SET LOCAL jobsvc.audit_retention = 'on'")
"""What the trigger asks for that keeps entries."""


class AuditRepository:
    """Reads and writes entries."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, entries: Sequence[AuditEntry]) -> None:
        """Store entries, with one statement."""
        await self._connection.execute(insert(AuditEntryRow), [entry._asdict() for entry in entries])

    async def page(self, criteria: AuditFilter, request: PageRequest) -> Page[AuditItem]:
        """A page of what matches, the latest first.

        Raises:
            InvalidPage: Beyond the end.
        """
        query = select(*_ITEM.columns).where(*where(AUDIT_CLAUSES, criteria)).order_by(AuditEntryRow.id.desc())
        return await page_of(self._connection, query, request, _ITEM.read)

    async def delete_before(self, instant: datetime) -> None:
        """Let go of entries that are older."""
        await self._connection.execute(_RETENTION)
        await self._connection.execute(delete(AuditEntryRow).where(AuditEntryRow.at < instant))
