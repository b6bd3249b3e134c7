"""Job types, as the older generation reads them by their ids."""

from collections.abc import Sequence
from datetime import timedelta

from jobsvc.db.database import Database
from jobsvc.domain.filters import ErrorFilter, V3JobTypeFilter
from jobsvc.domain.paging import MAX_PAGE_SIZE, Page, PageRequest
from jobsvc.domain.seed import read_manifest
from jobsvc.domain.sorting import JobTypeOrderField, SortKey
from jobsvc.domain.v3.interface import interface_document
from jobsvc.domain.v3.records import V3JobType, V3JobTypeDetails
from jobsvc.services.clock import Clock

WINDOWS = (6, 12, 24)
"""Hours in which jobs that are final became so, for the details to count them."""


class V3JobTypeService:
    """Use cases around job types."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock

    async def list(
        self, criteria: V3JobTypeFilter, order: Sequence[SortKey[JobTypeOrderField]], request: PageRequest
    ) -> Page[V3JobType]:
        """A page of the job types that match."""
        async with self._db.reading() as tx:
            return await tx.v3_job_types.page(criteria, order, request)

    async def get(self, job_type_id: int) -> V3JobTypeDetails:
        """A job type with its interface, its errors and the number of its jobs.

        Raises:
            NotFound: There is none.
        """
        now = self._clock()
        async with self._db.reading() as tx:
            record = await tx.v3_job_types.get(job_type_id)
            declared = ErrorFilter(job_type_names=frozenset({record.job_type.name}))
            errors = await tx.errors.page(declared, (), PageRequest(size=MAX_PAGE_SIZE))
            counts = [await tx.statistics.by_status([job_type_id], now - timedelta(hours=hours), now) for hours in WINDOWS]
        manifest = read_manifest(record.manifest)
        return V3JobTypeDetails(
            record,
            interface_document(manifest),
            {str(error.code): error.name for error in manifest.errors},
            errors.items,
            {hours: item.get(job_type_id, []) for hours, item in zip(WINDOWS, counts, strict=True)},
        )
