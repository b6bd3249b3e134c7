"""Why executions fail, as readers see it."""

from collections.abc import Sequence

from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import ErrorFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ErrorItem
from jobsvc.domain.sorting import ErrorOrderField, SortKey


class ErrorService:
    """Use cases around errors."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(
        self, criteria: ErrorFilter, order: Sequence[SortKey[ErrorOrderField]], request: PageRequest
    ) -> Page[ErrorItem]:
        """A page of the errors that match."""
        async with self._db.transaction() as tx:
            return await tx.errors.page(criteria, order, request)

    async def get(self, error_id: int) -> ErrorItem:
        """An error; raises NotFound."""
        async with self._db.transaction() as tx:
            record = await tx.errors.get(error_id)
        if record is None:
            raise NotFound("Error", error_id)
        return record
