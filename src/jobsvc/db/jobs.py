"""Jobs as they are read: pages, counts, details."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db import job_statements as statements
from jobsvc.db.clauses import JOB_CLAUSES, MAX_ID, where
from jobsvc.db.job_sorting import ordered
from jobsvc.db.tables import JobRow, JobTypeRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import OrderBy
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import JobItem, JobShort
from jobsvc.domain.response_shape import ResponseShape


class JobRepository:
    """Reads jobs."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def count(self, criteria: JobFilter) -> int:
        """How many jobs match."""
        query = select(func.count()).select_from(JobRow).where(*where(JOB_CLAUSES, criteria))
        return (await self._connection.execute(query)).scalar_one()

    async def page(self, criteria: JobFilter, order: Sequence[OrderBy], request: PageRequest) -> Page[JobItem]:
        """A page of jobs; raises InvalidPage beyond the end."""
        ids = await self.ids_of_page(criteria, order, request)
        return ids.of(await self.items(ids.items))

    async def json_page(
        self, criteria: JobFilter, order: Sequence[OrderBy], request: PageRequest, shape: ResponseShape
    ) -> Page[str]:
        """A page of jobs, each rendered in a layout of a JobItem; raises InvalidPage beyond the end."""
        ids = await self.ids_of_page(criteria, order, request)
        if not ids.items:
            return ids.of([])
        rows = await self._connection.execute(statements.rendered_items(shape), {"ids": ids.items})
        return ids.of([text for (text,) in rows])

    async def ids_of_page(self, criteria: JobFilter, order: Sequence[OrderBy], request: PageRequest) -> Page[int]:
        """The ids of a page of jobs; raises InvalidPage beyond the end."""
        count = await self.count(criteria)
        number = request.locate(count)
        if count == 0:
            return Page([], count, number, request.size)
        query = ordered(select(JobRow.id).where(*where(JOB_CLAUSES, criteria)), order)
        rows = await self._connection.execute(query.limit(request.size).offset((number - 1) * request.size))
        return Page(rows.scalars().all(), count, number, request.size)

    async def items(self, ids: Sequence[int]) -> list[JobItem]:
        """The jobs with these ids, in this sequence."""
        if not ids:
            return []
        rows = (await self._connection.execute(statements.ITEMS, {"ids": ids})).all()
        result = {row[0]: statements.item_of(row, row[statements.ITEM_WIDTH]) for row in rows}
        return [result[job_id] for job_id in ids if job_id in result]

    async def exists(self, job_id: int) -> bool:
        """Whether there is such a job."""
        if not 0 < job_id <= MAX_ID:
            return False
        return (await self._connection.execute(select(JobRow.id).where(JobRow.id == job_id))).first() is not None

    async def get(self, job_id: int) -> tuple[JobItem, Mapping[str, Any]] | None:
        """A job with the documents that its details need beside: see `job_statements.DETAILS` for their names."""
        if not 0 < job_id <= MAX_ID:
            return None
        row = (await self._connection.execute(statements.ONE, {"job_id": job_id})).first()
        if row is None:
            return None
        more = dict(zip(statements.DETAILS, row[statements.ITEM_WIDTH :], strict=True))
        return statements.item_of(row, more["input_files"]), more

    async def neighbours(self, job_id: int, superseded_job_id: int | None) -> dict[str, JobShort]:
        """The job that this one replaced (`superseded_job`) and the one that replaced it (`superseded_by_job`)."""
        query = (
            select(JobRow.id, JobRow.status, *column_groups.JOB_TYPE.columns)
            .join(JobTypeRow, JobTypeRow.id == JobRow.job_type_id)
            .where((JobRow.superseded_job_id == job_id) | (JobRow.id == superseded_job_id))
        )
        result = {}
        for row in await self._connection.execute(query):
            name = "superseded_job" if row[0] == superseded_job_id else "superseded_by_job"
            result[name] = JobShort(row[0], row[1], column_groups.JOB_TYPE.required(row, 2))
        return result
