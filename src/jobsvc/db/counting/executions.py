"""How many executions match a filter: from the count that knows its criteria, else one by one."""

from sqlalchemy import ColumnElement

from jobsvc.db.clauses import EXECUTION_CLAUSES, where
from jobsvc.db.counting.days import Days, whole_days
from jobsvc.db.counting.sums import Grains, added, by_grain, counted, ends_of, state_of
from jobsvc.db.tables import EXECUTION_COUNT, EXECUTION_DELTA, ExecutionRow
from jobsvc.domain.filters import ExecutionFilter

STATES = Grains("all_states", "states")
"""Those over all nodes and errors: a hundredth of the others."""


def begun_executions(criteria: ExecutionFilter) -> ColumnElement[int]:
    """The number of executions, without attempts that wait; names have to be resolved before (see `resolving`)."""
    days = whole_days(criteria.started, criteria.ended)
    if criteria.job_ids is not None or days is None:
        return counted(ExecutionRow, *where(EXECUTION_CLAUSES, criteria))
    state = where(EXECUTION_CLAUSES, criteria.model_copy(update={"started": None, "ended": None}))
    rests = ends_of(ExecutionRow.last_modified, criteria.started, criteria.ended, days)
    ends = [counted(ExecutionRow, *state, rest) for rest in rests]
    return added([*_whole(criteria, days), *ends])


def _whole(criteria: ExecutionFilter, days: Days) -> list[ColumnElement[int]]:
    if days.is_empty:
        return []
    asks_for_more = criteria.node_ids is not None or criteria.error_ids is not None
    grains = Grains() if asks_for_more else STATES
    return [by_grain(EXECUTION_COUNT, EXECUTION_DELTA, days, lambda columns: state_of(criteria, columns), grains)]
