"""Job types, as the older generation shows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db.clauses import MAX_ID, V3_JOB_TYPE_CLAUSES, where
from jobsvc.db.sorting import columns_of, page_of, sort
from jobsvc.db.tables import JobTypeRow
from jobsvc.db.v3.jobs import TYPE_COLUMNS
from jobsvc.domain.filters import V3JobTypeFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.sorting import JobTypeOrderField, SortKey
from jobsvc.domain.v3.records import V3JobType

_ORDER: Mapping[JobTypeOrderField, Any] = columns_of(JobTypeOrderField, JobTypeRow)
_QUERY = select(*column_groups.columns(column_groups.JOB_TYPE, TYPE_COLUMNS), JobTypeRow.manifest)
_WIDTH = len(column_groups.JOB_TYPE.columns)


class V3JobTypeRepository:
    """Reads job types."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(
        self, criteria: V3JobTypeFilter, order: Sequence[SortKey[JobTypeOrderField]], request: PageRequest
    ) -> Page[V3JobType]:
        """A page of job types; raises InvalidPage beyond the end."""
        query = sort(_QUERY.where(*where(V3_JOB_TYPE_CLAUSES, criteria)), order, _ORDER, JobTypeRow.id)
        return await page_of(self._connection, query, request, _job_type)

    async def get(self, job_type_id: int) -> V3JobType | None:
        """A job type by its id."""
        if not 0 < job_type_id <= MAX_ID:
            return None
        row = (await self._connection.execute(_QUERY.where(JobTypeRow.id == job_type_id))).first()
        return _job_type(row) if row is not None else None


def _job_type(row: Sequence[Any]) -> V3JobType:
    return V3JobType(column_groups.JOB_TYPE.required(row, 0), TYPE_COLUMNS.required(row, _WIDTH), row[-1])
