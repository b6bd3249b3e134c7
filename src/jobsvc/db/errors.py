"""Why executions fail: builtin errors, and those that manifests declare."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import ERROR_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import ErrorRow
from jobsvc.domain.filters import ErrorFilter
from jobsvc.domain.ids import storable_id
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
        """A page of errors.

        Raises:
            InvalidPage: Beyond the end.
        """
        query = sort(_QUERY.where(*where(ERROR_CLAUSES, criteria)), order, ERROR_ORDER, ErrorRow.id)
        return await page_of(self._connection, query, request, mappers.ERROR_ITEM.read)

    async def get(self, error_id: int) -> ErrorItem:
        """An error by its id.

        Raises:
            NotFound: There is none.
        """
        query = _QUERY.where(ErrorRow.id == storable_id(error_id))
        return await mappers.ERROR_ITEM.one(self._connection, query, "Error", error_id)
