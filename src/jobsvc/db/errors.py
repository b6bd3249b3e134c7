"""Why executions fail: builtin errors, and those that manifests declare."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db.clauses import ERROR_CLAUSES, MAX_ID, where
from jobsvc.db.sorting import columns_of, page_of, sort
from jobsvc.db.tables import ErrorRow
from jobsvc.domain.filters import ErrorFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ErrorItem
from jobsvc.domain.sorting import ErrorOrderField, SortKey

ERROR_ORDER = columns_of(ErrorOrderField, ErrorRow)


class ErrorRepository:
    """Reads errors."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: ErrorFilter, order: Sequence[SortKey[ErrorOrderField]], request: PageRequest
    ) -> Page[ErrorItem]:
        """A page of errors; raises InvalidPage beyond the end."""
        query = sort(_query().where(*where(ERROR_CLAUSES, criteria)), order, ERROR_ORDER, ErrorRow.id)
        return await page_of(self._connection, query, request, _item)

    async def get(self, error_id: int) -> ErrorItem | None:
        """An error by its id."""
        if not 0 < error_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_query().where(ErrorRow.id == error_id))).first()
        return _item(row) if row is not None else None


def _query() -> Select[Any]:
    return select(*column_groups.ERROR.columns, ErrorRow.created, ErrorRow.last_modified)


def _item(row: Sequence[Any]) -> ErrorItem:
    return ErrorItem(column_groups.ERROR.required(row, 0), *row[-2:])
