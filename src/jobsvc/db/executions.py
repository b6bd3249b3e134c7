"""Executions as they are read."""

from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import EXECUTION_CLAUSES, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import ErrorRow, ExecutionRow, JobRow, JobTypeRevisionRow, JobTypeRow, NodeRow
from jobsvc.domain.errors import NotFound
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.ids import storable_id
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ExecutionColumns, ExecutionDetails, ExecutionItem
from jobsvc.domain.status import ExecutionStatus

_ITEM = RowMapper(
    ExecutionItem,
    execution=mappers.EXECUTION,
    job_type=mappers.JOB_TYPE,
    node=mappers.NODE.optional,
    error=mappers.ERROR.optional,
)
_DETAILS = mapper_of(ExecutionDetails, ExecutionRow, item=_ITEM, manifest=JobTypeRevisionRow.manifest)


class ExecutionRepository:
    """Reads executions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, job_id: int, criteria: ExecutionFilter, request: PageRequest) -> Page[ExecutionItem]:
        """The executions of a job, the latest first; an unknown job has none (docs/spec/behaviour/executions.md#list)."""
        conditions = (ExecutionRow.job_id == storable_id(job_id), *where(EXECUTION_CLAUSES, criteria))
        query = _query(_ITEM).where(*conditions).order_by(ExecutionRow.exe_num.desc())
        counted = select(ExecutionRow.id).where(*conditions)
        return await page_of(self._connection, query, request, _ITEM.read, counted)

    async def find(self, job_id: int, exe_num: int) -> ExecutionDetails | None:
        """An execution by its number within the job, None while that attempt waits."""
        parameters = {"job_id": storable_id(job_id), "exe_num": storable_id(exe_num)}
        return await _DETAILS.first(self._connection, _SELECT_DETAILS, parameters)

    async def get(self, job_id: int, exe_num: int) -> ExecutionDetails:
        """An execution by its number within the job.

        Raises:
            NotFound: There is none.
        """
        execution = await self.find(job_id, exe_num)
        if execution is None:
            raise NotFound("Execution", f"{exe_num} of job {job_id}")
        return execution

    async def is_completed(self, execution_id: int) -> bool:
        """Whether there is such an execution, and it ended well."""
        query = select(ExecutionRow.id).where(ExecutionRow.id == execution_id, ExecutionRow.status == ExecutionStatus.COMPLETED)
        return (await self._connection.execute(query)).first() is not None

    async def columns(self, execution_id: int) -> ExecutionColumns:
        """An execution itself, by its id.

        Raises:
            NotFound: There is none.
        """
        parameters = {"execution_id": storable_id(execution_id)}
        return await mappers.EXECUTION.one(self._connection, _SELECT_COLUMNS, "Execution", execution_id, parameters)


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return (
        select(*mapper.columns)
        .select_from(ExecutionRow)
        .join(JobTypeRow, JobTypeRow.id == ExecutionRow.job_type_id)
        .outerjoin(NodeRow, NodeRow.id == ExecutionRow.node_id)
        .outerjoin(ErrorRow, ErrorRow.id == ExecutionRow.error_id)
    )


# Made once: to put a statement together takes as long as to run it.
_SELECT_DETAILS = (
    _query(_DETAILS)
    .join(JobRow, JobRow.id == ExecutionRow.job_id)
    .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
    .where(ExecutionRow.job_id == bindparam("job_id"), ExecutionRow.exe_num == bindparam("exe_num"))
)
_SELECT_COLUMNS = select(*mappers.EXECUTION.columns).where(ExecutionRow.id == bindparam("execution_id"))
