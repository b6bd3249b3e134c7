"""Job types by name: all versions in one row."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import JOB_TYPE_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper
from jobsvc.db.tables import JobTypeRow
from jobsvc.db.versions import oldest_first
from jobsvc.domain.filters import JobTypeFilter
from jobsvc.domain.operation_records import JobTypeName
from jobsvc.domain.paging import Page, PageRequest

_BY_VERSION = oldest_first(JobTypeRow)


class JobTypeNameRepository:
    """Reads names of job types."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, criteria: JobTypeFilter, request: PageRequest) -> Page[JobTypeName]:
        """The names that have a version that matches, with all versions that they have, the latest one last."""
        matching = select(JobTypeRow.name).where(*where(JOB_TYPE_CLAUSES, criteria))
        versions = (
            select(
                func.array_agg(aggregate_order_by(JobTypeRow.id, *_BY_VERSION)).label("ids"),
                func.array_agg(aggregate_order_by(JobTypeRow.version, *_BY_VERSION)).label("versions"),
            )
            .where(JobTypeRow.name.in_(matching))
            .group_by(JobTypeRow.name)
            .subquery()
        )
        latest = versions.c.ids[func.cardinality(versions.c.ids)]
        name = RowMapper(JobTypeName, latest=mappers.JOB_TYPE, versions=versions.c.versions)
        query = select(*name.columns).join(versions, latest == JobTypeRow.id)
        return await page_of(self._connection, query.order_by(JobTypeRow.name), request, name.read)
