"""Job types, as the older generation shows them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import V3_JOB_TYPE_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.sorting import columns_of, sort
from jobsvc.db.tables import JobTypeRow
from jobsvc.db.v3.jobs import TYPE_COLUMNS
from jobsvc.domain.filters import V3JobTypeFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.sorting import JobTypeOrderField, SortKey
from jobsvc.domain.v3.records import V3JobType

_ORDER = columns_of(JobTypeOrderField, JobTypeRow)
_JOB_TYPE = mapper_of(V3JobType, JobTypeRow, job_type=mappers.JOB_TYPE, columns=TYPE_COLUMNS)
_QUERY = select(*_JOB_TYPE.columns)


class V3JobTypeRepository:
    """Reads job types."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: V3JobTypeFilter, order: Sequence[SortKey[JobTypeOrderField]], request: PageRequest
    ) -> Page[V3JobType]:
        """A page of job types.

        Raises:
            InvalidPage: Beyond the end.
        """
        query = sort(_QUERY.where(*where(V3_JOB_TYPE_CLAUSES, criteria)), order, _ORDER, JobTypeRow.id)
        return await page_of(self._connection, query, request, _JOB_TYPE.read)

    async def get(self, job_type_id: int) -> V3JobType:
        """A job type by its id.

        Raises:
            NotFound: There is none.
        """
        query = _QUERY.where(JobTypeRow.id == storable_id(job_type_id))
        return await _JOB_TYPE.one(self._connection, query, "Job type", job_type_id)
