"""Batches, as readers see them."""

from collections.abc import Sequence

from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import BatchFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.provenance_records import BatchDetails, BatchItem
from jobsvc.domain.sorting import BatchOrderField, SortKey


class BatchService:
    """Use cases around batches."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def list(
        self, criteria: BatchFilter, order: Sequence[SortKey[BatchOrderField]], request: PageRequest
    ) -> Page[BatchItem]:
        """A page of the batches that match."""
        async with self._db.transaction() as tx:
            return await tx.batches.page(criteria, order, request)

    async def get(self, batch_id: int) -> BatchDetails:
        """A batch; raises NotFound."""
        async with self._db.transaction() as tx:
            record = await tx.batches.get(batch_id)
        if record is None:
            raise NotFound("Batch", batch_id)
        return record
