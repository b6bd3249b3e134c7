"""How many executions match a filter: from the count that knows its criteria, else one by one."""

from typing import Any

from sqlalchemy import ColumnElement

from jobsvc.db.clauses import EXECUTION_CLAUSES, any_of, ids, where
from jobsvc.db.counting.days import whole_days
from jobsvc.db.counting.sums import added, by_grain, counted, ends_of
from jobsvc.db.tables import EXECUTION_COUNT, EXECUTION_DELTA, ExecutionRow
from jobsvc.domain.filters import ExecutionFilter


def begun_executions(criteria: ExecutionFilter) -> ColumnElement[int]:
    """The number of executions, without attempts that wait; names have to be resolved before (see `resolving`)."""
    days = whole_days(criteria.started, criteria.ended)
    if criteria.job_ids is not None or days is None:
        return counted(ExecutionRow, *where(EXECUTION_CLAUSES, criteria))
    state = where(EXECUTION_CLAUSES, criteria.model_copy(update={"started": None, "ended": None}))
    rests = ends_of(ExecutionRow.last_modified, criteria.started, criteria.ended, days)
    ends = [counted(ExecutionRow, *state, rest) for rest in rests]
    whole = [] if days.is_empty else [by_grain(EXECUTION_COUNT, EXECUTION_DELTA, days, lambda columns: _state(criteria, columns))]
    return added([*whole, *ends])


def _state(criteria: ExecutionFilter, columns: Any) -> list[ColumnElement[bool]]:
    clauses = {
        "statuses": any_of(columns.status),
        "job_type_ids": ids(columns.job_type_id),
        "error_ids": ids(columns.error_id),
        "node_ids": ids(columns.node_id),
    }
    return [clauses[name](value) for name, value in criteria if name in clauses and value is not None]
