"""How many jobs match a filter: from the count that knows its criteria, else one by one."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from jobsvc.db.clauses import JOB_CLAUSES, any_of, ids, where
from jobsvc.db.counting.days import Days, midnight, whole_days
from jobsvc.db.counting.starts import UNKNOWN, Starts
from jobsvc.db.counting.sums import added, by_grain, counted, ends_of, in_days, state_of, summed
from jobsvc.db.statement_cache import REMEMBERED
from jobsvc.db.tables import JOB_BATCH_COUNT, JOB_COUNT, JOB_DELTA, JOB_SOURCE_COUNT, JobRow
from jobsvc.domain.filters import JobFilter

STATE = frozenset({"statuses", "job_type_ids", "error_ids", "is_superseded"})
CHANGE = frozenset({"started", "ended"})
SOURCE_TIMES = frozenset({"source_started", "source_ended"})
SOURCES = {
    "source_sensor_classes": "sensor_class",
    "source_sensors": "sensor",
    "source_collections": "collection",
    "source_tasks": "task",
}
"""The criterion -> the dimension of the count."""


def criteria_of(criteria: JobFilter) -> frozenset[str]:
    """The criteria that a filter has."""
    return frozenset(name for name, value in criteria if value is not None)


@lru_cache(REMEMBERED)
def count_of(criteria: JobFilter, starts: Starts = UNKNOWN) -> Select[Any]:
    """One statement for the number of jobs; names have to be resolved before (see `resolving`), and starts looked up."""
    return select(number_in(criteria, starts))


def number_in(criteria: JobFilter, starts: Starts = UNKNOWN) -> ColumnElement[int]:
    """The number of jobs within another statement."""
    chosen = criteria_of(criteria)
    if chosen <= STATE | CHANGE:
        return _by_change(criteria)
    if "batch_ids" in chosen and chosen <= STATE | {"batch_ids"}:
        return _by_batch(criteria)
    if chosen <= SOURCES.keys() | SOURCE_TIMES and len(chosen & SOURCES.keys()) <= 1:
        return _by_source(criteria, starts)
    return _one_by_one(criteria, *starts.conditions())


def _one_by_one(criteria: JobFilter, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    return counted(JobRow, *where(JOB_CLAUSES, criteria), *conditions)


def _by_change(criteria: JobFilter) -> ColumnElement[int]:
    days = whole_days(criteria.started, criteria.ended)
    if days is None:
        return _one_by_one(criteria)
    state = criteria.model_copy(update={"started": None, "ended": None})
    ends = [_one_by_one(state, end) for end in ends_of(JobRow.last_modified, criteria.started, criteria.ended, days)]
    whole = [] if days.is_empty else [by_grain(JOB_COUNT, JOB_DELTA, days, lambda columns: state_of(criteria, columns))]
    return added([*whole, *ends])


def _by_batch(criteria: JobFilter) -> ColumnElement[int]:
    return added(
        summed(table, ids(table.c.batch_id)(criteria.batch_ids), *state_of(criteria, table.c))
        for table in (JOB_BATCH_COUNT, JOB_DELTA)
    )


def _by_source(criteria: JobFilter, starts: Starts) -> ColumnElement[int]:
    started, ended = criteria.source_started, criteria.source_ended
    days = whole_days(started, ended)
    if days is None or days.is_empty:
        return _one_by_one(criteria, *starts.conditions())
    values = criteria.model_copy(update=dict.fromkeys(SOURCE_TIMES))
    lower, upper = JobRow.source_started, JobRow.source_ended
    before = [] if ended is None else [upper <= ended]
    ends: list[ColumnElement[bool]] = []
    if started is not None and days.since is not None and started < midnight(days.since):
        ends.append(and_(lower >= started, lower < midnight(days.since), *before))
    if ended is not None and days.before is not None:
        since = [] if days.since is None else [lower >= midnight(days.since)]
        ends.append(and_(upper >= midnight(days.before), upper <= ended, *since, *starts.of_last_day()))
    return added([*_source_days(criteria, days), *(_one_by_one(values, end) for end in ends)])


def _source_days(criteria: JobFilter, days: Days) -> list[ColumnElement[int]]:
    name = next(iter(criteria_of(criteria) & SOURCES.keys()), None)
    count, delta = JOB_SOURCE_COUNT.c, JOB_DELTA.c
    if name is None:
        chosen, changed = [count.dimension == "", count.value == ""], []
    else:
        values = getattr(criteria, name)
        chosen = [count.dimension == SOURCES[name], any_of(count.value)(values)]
        changed = [any_of(delta[f"source_{SOURCES[name]}"])(values)]
    return [
        summed(JOB_SOURCE_COUNT, *chosen, *_in_source_days(count, days)),
        summed(JOB_DELTA, *changed, *_in_source_days(delta, days)),
    ]


def _in_source_days(columns: Any, days: Days) -> list[ColumnElement[bool]]:
    return in_days(columns.source_started_day, days.since, None) + in_days(columns.source_ended_day, None, days.before)
