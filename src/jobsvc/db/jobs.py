"""Jobs as they are read: pages, counts, details."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import job_statements as statements
from jobsvc.db import mappers
from jobsvc.db.job_pages import ids_of_page, number_of
from jobsvc.db.row_mapper import mapper_of
from jobsvc.db.tables import JobRow, JobTypeRow
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.job_sorting import JobOrderField
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import JobItem, JobShort, StoredJob
from jobsvc.domain.response_shape import ResponseShape
from jobsvc.domain.sorting import SortKey

_SHORT = mapper_of(JobShort, JobRow, job_type=mappers.JOB_TYPE)


class JobRepository:
    """Reads jobs."""

    def __init__(self, connection: AsyncConnection, list_seconds: float) -> None:
        """`list_seconds` is how long a list may take that no index serves."""
        self._connection = connection
        self._list_seconds = list_seconds

    async def count(self, criteria: JobFilter) -> int:
        """How many jobs match."""
        return await number_of(self._connection, criteria)

    async def json_page(
        self, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest, shape: ResponseShape
    ) -> Page[str]:
        """A page of jobs, each rendered in a layout of a JobItem.

        Raises:
            InvalidPage: Beyond the end.
        """
        ids = await self.ids_of_page(criteria, order, request)
        if not ids.items:
            return ids.of([])
        return ids.of([await statements.rendered_items(shape).value(self._connection, ids=ids.items)])

    async def ids_of_page(self, criteria: JobFilter, order: Sequence[SortKey[JobOrderField]], request: PageRequest) -> Page[int]:
        """The ids of a page of jobs.

        Raises:
            InvalidPage: Beyond the end.
            DatabaseBusy: It takes too long, which no index can help; the text says what would.
        """
        return await ids_of_page(self._connection, criteria, order, request, seconds=self._list_seconds)

    async def items(self, ids: Sequence[int]) -> list[JobItem]:
        """The jobs with these ids, in this sequence."""
        if not ids:
            return []
        items = await statements.ITEM.all(self._connection, statements.SELECT_ITEMS, {"ids": ids})
        by_id = {item.job.id: item for item in items}
        return [by_id[job_id] for job_id in ids if job_id in by_id]

    async def require(self, job_id: int) -> None:
        """Raise NotFound when there is no such job."""
        query = select(JobRow.id).where(JobRow.id == storable_id(job_id))
        if (await self._connection.execute(query)).first() is None:
            raise NotFound("Job", job_id)

    async def get(self, job_id: int) -> StoredJob:
        """A job with what its details are made of.

        Raises:
            NotFound: There is none.
        """
        parameters = {"job_id": storable_id(job_id)}
        return await statements.ONE.one(self._connection, statements.SELECT_ONE, "Job", job_id, parameters)

    async def neighbours(self, job_id: int, superseded_job_id: int | None) -> tuple[JobShort | None, JobShort | None]:
        """The job that this one replaced, and the one that replaced it."""
        query = (
            select(*_SHORT.columns)
            .join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
            .where((JobRow.superseded_job_id == job_id) | (JobRow.id == superseded_job_id))
        )
        older = newer = None
        for job in await _SHORT.all(self._connection, query):
            if job.id == superseded_job_id:
                older = job
            else:
                newer = job
        return older, newer
