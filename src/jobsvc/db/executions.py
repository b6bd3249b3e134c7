"""Executions as they are read."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import mappers
from jobsvc.db.clauses import EXECUTION_CLAUSES, MAX_ID, where
from jobsvc.db.paging import page_of
from jobsvc.db.row_mapper import RowMapper, mapper_of
from jobsvc.db.tables import ErrorRow, ExecutionRow, JobRow, JobTypeRevisionRow, JobTypeRow, NodeRow
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ExecutionColumns, ExecutionDetails, ExecutionItem

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
        if not 0 < job_id <= MAX_ID:
            return Page([], 0, request.locate(0), request.size)
        conditions = (ExecutionRow.job_id == job_id, *where(EXECUTION_CLAUSES, criteria))
        query = _query(_ITEM).where(*conditions).order_by(ExecutionRow.exe_num.desc())
        counted = select(ExecutionRow.id).where(*conditions)
        return await page_of(self._connection, query, request, _ITEM.read, counted)

    async def get(self, job_id: int, exe_num: int) -> ExecutionDetails | None:
        """An execution by its number within the job."""
        if not (0 < job_id <= MAX_ID and 0 < exe_num <= MAX_ID):
            return None
        query = (
            _query(_DETAILS)
            .join(JobRow, JobRow.id == ExecutionRow.job_id)
            .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
            .where(ExecutionRow.job_id == job_id, ExecutionRow.exe_num == exe_num)
        )
        return await _DETAILS.first(self._connection, query)

    async def columns(self, execution_id: int) -> ExecutionColumns | None:
        """An execution itself, by its id."""
        if not 0 < execution_id <= MAX_ID:
            return None
        query = select(*mappers.EXECUTION.columns).where(ExecutionRow.id == execution_id)
        return await mappers.EXECUTION.first(self._connection, query)


def _query(mapper: RowMapper[Any]) -> Select[Any]:
    return (
        select(*mapper.columns)
        .select_from(ExecutionRow)
        .join(JobTypeRow, JobTypeRow.id == ExecutionRow.job_type_id)
        .outerjoin(NodeRow, NodeRow.id == ExecutionRow.node_id)
        .outerjoin(ErrorRow, ErrorRow.id == ExecutionRow.error_id)
    )
