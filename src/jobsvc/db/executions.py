"""Executions as they are read."""

from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db import column_groups
from jobsvc.db.clauses import EXECUTION_CLAUSES, MAX_ID, where
from jobsvc.db.tables import ErrorRow, ExecutionRow, JobRow, JobTypeRevisionRow, JobTypeRow, NodeRow
from jobsvc.domain.filters import ExecutionFilter
from jobsvc.domain.paging import Page, PageRequest
from jobsvc.domain.records import ExecutionColumns, ExecutionDetails, ExecutionItem

_PARTS = (column_groups.EXECUTION, column_groups.JOB_TYPE, column_groups.NODE, column_groups.ERROR)
_AT = column_groups.offsets(*_PARTS)
_WIDTH = _AT[-1] + len(column_groups.ERROR.columns)
_DOCUMENTS = (
    ExecutionRow.task_results,
    ExecutionRow.resources,
    ExecutionRow.configuration,
    ExecutionRow.output,
    JobTypeRevisionRow.manifest,
)


class ExecutionRepository:
    """Reads executions."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def page(self, job_id: int, criteria: ExecutionFilter, request: PageRequest) -> Page[ExecutionItem]:
        """The executions of a job, the latest first; an unknown job has none (docs/spec/behaviour/executions.md#list)."""
        if not 0 < job_id <= MAX_ID:
            return Page([], 0, request.locate(0), request.size)
        conditions = (ExecutionRow.job_id == job_id, *where(EXECUTION_CLAUSES, criteria))
        counting = select(func.count()).select_from(ExecutionRow).where(*conditions)
        count = (await self._connection.execute(counting)).scalar_one()
        number = request.locate(count)
        query = (
            _query()
            .where(*conditions)
            .order_by(ExecutionRow.exe_num.desc())
            .limit(request.size)
            .offset((number - 1) * request.size)
        )
        rows = (await self._connection.execute(query)).all()
        return Page([_item(row) for row in rows], count, number, request.size)

    async def get(self, job_id: int, exe_num: int) -> ExecutionDetails | None:
        """An execution by its number within the job."""
        if not (0 < job_id <= MAX_ID and 0 < exe_num <= MAX_ID):
            return None
        query = (
            _query(*_DOCUMENTS)
            .join(JobRow, JobRow.id == ExecutionRow.job_id)
            .join(JobTypeRevisionRow, JobTypeRevisionRow.id == JobRow.job_type_rev_id)
            .where(ExecutionRow.job_id == job_id, ExecutionRow.exe_num == exe_num)
        )
        row = (await self._connection.execute(query)).first()
        return ExecutionDetails(_item(row), *row[_WIDTH:]) if row is not None else None

    async def columns(self, execution_id: int) -> ExecutionColumns | None:
        """An execution itself, by its id."""
        if not 0 < execution_id <= MAX_ID:
            return None
        query = select(*column_groups.EXECUTION.columns).where(ExecutionRow.id == execution_id)
        row = (await self._connection.execute(query)).first()
        return column_groups.EXECUTION.required(row, 0) if row is not None else None


def _query(*more: Any) -> Select[Any]:
    return (
        select(*column_groups.columns(*_PARTS), *more)
        .select_from(ExecutionRow)
        .join(JobTypeRow, JobTypeRow.id == ExecutionRow.job_type_id)
        .outerjoin(NodeRow, NodeRow.id == ExecutionRow.node_id)
        .outerjoin(ErrorRow, ErrorRow.id == ExecutionRow.error_id)
    )


def _item(row: Row[Any]) -> ExecutionItem:
    execution, job_type, node, error = _AT
    return ExecutionItem(
        column_groups.EXECUTION.required(row, execution),
        column_groups.JOB_TYPE.required(row, job_type),
        column_groups.NODE.optional(row, node),
        column_groups.ERROR.optional(row, error),
    )
