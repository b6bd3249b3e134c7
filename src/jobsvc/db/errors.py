"""Why executions fail: builtin errors, and those that manifests declare."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import ERROR_CLAUSES, MAX_ID, where
from jobsvc.db.paging import page_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import ErrorRow
from jobsvc.domain.filters import ErrorFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ErrorItem
from jobsvc.domain.sorting import ErrorOrderField, SortKey

ERROR_ORDER = columns_of(ErrorOrderField, ErrorRow)
_QUERY = select(*mappers.ERROR_ITEM.columns)


class ErrorRepository:
    """Reads errors."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: ErrorFilter, order: Sequence[SortKey[ErrorOrderField]], request: PageRequest
    ) -> Page[ErrorItem]:
        """A page of errors; raises InvalidPage beyond the end."""
        query = sort(_QUERY.where(*where(ERROR_CLAUSES, criteria)), order, ERROR_ORDER, ErrorRow.id)
        return await page_of(self._connection, query, request, mappers.ERROR_ITEM.read)

    async def get(self, error_id: int) -> ErrorItem | None:
        """An error by its id."""
        if not 0 < error_id <= MAX_ID:
            return None
        return await mappers.ERROR_ITEM.first(self._connection, _QUERY.where(ErrorRow.id == error_id))
