"""Jobs by their state: the lines of the count that knows a filter's criteria, else the rows themselves, summed up."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from jobsvc.db.clauses import JOB_CLAUSES, ids, where
from jobsvc.db.counting.days import Days, Segment, whole_days
from jobsvc.db.counting.jobs import CHANGE, STATE, criteria_of
from jobsvc.db.counting.starts import UNKNOWN, Starts
from jobsvc.db.counting.sums import ends_of, in_days, in_segment, state_of
from jobsvc.db.statement_cache import REMEMBERED
from jobsvc.db.tables import JOB_BATCH_COUNT, JOB_COUNT, JOB_DELTA, ErrorRow, JobRow, JobTypeRow
from jobsvc.domain.figures import GroupBy, Interval, Split
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.status import JobStatus

DIMENSIONS = ("status", "job_type_id", "error_id", "is_superseded")
"""The columns of a state; an `error_id` of 0 is none."""
Columns = Callable[[Any], Sequence[Any]]
"""What is taken of a count or its deltas, beside their number."""
_SHOWN: dict[GroupBy, tuple[str, ...]] = {
    GroupBy.JOB_TYPE_ID: ("job_type_id", "job_type_name", "job_type_version"),
    GroupBy.ERROR_ID: ("error_id", "error_name", "error_category"),
}
"""What is known of a group as well."""
_OF_LINE: dict[Split, str] = {
    Split.STATUS: "status",
    Split.JOB_TYPE_NAME: "job_type_id",
    Split.ERROR_NAME: "error_id",
    Split.ERROR_CATEGORY: "error_id",
}
"""The column of a state that says it."""
_BUCKET = "bucket"


def is_counted(criteria: JobFilter) -> bool:
    """Whether the numbers of a filter are counted by state, so that they are there at once."""
    return criteria_of(criteria) <= STATE or _is_of_batches(criteria)


@lru_cache(REMEMBERED)
def groups_of(criteria: JobFilter, by: tuple[GroupBy, ...], starts: Starts = UNKNOWN) -> Select[Any]:
    """The groups of the jobs that match, the largest first, with the ids of their job types; names have to be resolved before."""
    line = _summed(_lines(criteria, starts), DIMENSIONS)
    names = dict.fromkeys(name for dimension in by for name in _SHOWN.get(dimension, (dimension.value,)))
    shown = [_value(line, name).label(name) for name in names]
    count = cast(func.sum(line.c.n), BigInteger).label("count")
    oldest = func.min(_oldest_queued(criteria, line)).label("oldest_queued")
    types = func.array_agg(func.distinct(line.c.job_type_id)).label("types")
    named = line.join(JobTypeRow, JobTypeRow.id == line.c.job_type_id).outerjoin(ErrorRow, ErrorRow.id == line.c.error_id)
    query = select(*shown, count, oldest, types).select_from(named)
    return query.group_by(*shown).order_by(count.desc(), *shown)


@lru_cache(REMEMBERED)
def histogram_of(criteria: JobFilter, interval: Interval, split: Split | None, starts: Starts = UNKNOWN) -> Select[Any]:
    """How many jobs changed last in which interval (`bucket`, when it begins), by `value`; the filter has both times."""
    keys = (_BUCKET,) if split is None else (_BUCKET, _OF_LINE[split])
    line = _summed(_lines_over_time(criteria, interval, keys[1:], starts), keys)
    value = literal("", Text) if split is None else func.coalesce(_value(line, split.value), "")
    tables: Any = line
    if split is Split.JOB_TYPE_NAME:
        tables = line.join(JobTypeRow, JobTypeRow.id == line.c.job_type_id)
    elif split in {Split.ERROR_NAME, Split.ERROR_CATEGORY}:
        tables = line.outerjoin(ErrorRow, ErrorRow.id == line.c.error_id)
    number = cast(func.sum(line.c.n), BigInteger).label("number")
    columns = [line.c.bucket, value.label("value")]
    return select(*columns, number).select_from(tables).group_by(*columns).order_by(*columns)


def _value(line: Subquery, name: str) -> ColumnElement[Any]:
    """What a line says of one dimension."""
    values: dict[str, Any] = {
        "job_type_name": JobTypeRow.name,
        "job_type_version": JobTypeRow.version,
        "error_name": ErrorRow.name,
        "error_category": ErrorRow.category,
    }
    if name == "error_id":
        return func.nullif(line.c.error_id, 0)
    value: ColumnElement[Any] = values[name] if name in values else line.c[name]
    return value


def _is_of_batches(criteria: JobFilter) -> bool:
    chosen = criteria_of(criteria)
    return "batch_ids" in chosen and chosen <= STATE | {"batch_ids"}


def _summed(parts: Sequence[Select[Any]], keys: Sequence[str]) -> Subquery:
    lines = union_all(*parts).subquery("part") if len(parts) > 1 else parts[0].subquery("part")
    columns = [lines.c[name] for name in keys]
    total = func.sum(lines.c.n)
    return select(*columns, total.label("n")).group_by(*columns).having(total > 0).subquery("line")


def _dimensions(columns: Any) -> list[Any]:
    return [columns[name] for name in DIMENSIONS]


def _lines(criteria: JobFilter, starts: Starts) -> list[Select[Any]]:
    if _is_of_batches(criteria):
        return [
            _of_table(table, _dimensions, ids(table.c.batch_id)(criteria.batch_ids), *state_of(criteria, table.c))
            for table in (JOB_BATCH_COUNT, JOB_DELTA)
        ]
    if criteria_of(criteria) <= STATE | CHANGE and (days := whole_days(criteria.started, criteria.ended)) is not None:
        return [*_whole_days(criteria, days), *(_rows(DIMENSIONS, end) for end in _ends(criteria, days))]
    return [_rows(DIMENSIONS, *where(JOB_CLAUSES, criteria), *starts.conditions())]


def _whole_days(criteria: JobFilter, days: Days) -> list[Select[Any]]:
    if days.is_empty:
        return []
    if days.since is None and days.before is None:
        chosen = [JOB_COUNT.c.grain == "all"]
    else:
        chosen = [or_(*(in_segment(JOB_COUNT, segment) for segment in days.segments("modified")))]
    unfolded = in_days(JOB_DELTA.c.modified_day, days.since, days.before)
    return [
        _of_table(JOB_COUNT, _dimensions, *chosen, *state_of(criteria, JOB_COUNT.c)),
        _of_table(JOB_DELTA, _dimensions, *unfolded, *state_of(criteria, JOB_DELTA.c)),
    ]


def _ends(criteria: JobFilter, days: Days) -> list[ColumnElement[bool]]:
    state = where(JOB_CLAUSES, criteria.model_copy(update=dict.fromkeys(CHANGE)))
    return [and_(*state, end) for end in ends_of(JobRow.last_modified, criteria.started, criteria.ended, days)]


def _lines_over_time(criteria: JobFilter, interval: Interval, dimensions: Sequence[str], starts: Starts) -> list[Select[Any]]:
    days = whole_days(criteria.started, criteria.ended)
    if interval.is_of_days and criteria_of(criteria) <= STATE | CHANGE and days is not None and not days.is_empty:
        whole = _days_over_time(criteria, days, interval, dimensions)
        return [*whole, *(_rows(dimensions, end, interval=interval) for end in _ends(criteria, days))]
    # An index that has status and time has all of it: it is read when statuses are asked for.
    if criteria.statuses is None and not criteria_of(criteria) - CHANGE and set(dimensions) <= {"status"}:
        criteria = criteria.model_copy(update={"statuses": frozenset(JobStatus)})
    return [_rows(dimensions, *where(JOB_CLAUSES, criteria), *starts.conditions(), interval=interval)]


def _days_over_time(criteria: JobFilter, days: Days, interval: Interval, dimensions: Sequence[str]) -> list[Select[Any]]:
    segments = (
        list(days.segments("modified")) if interval is Interval.MONTH else [Segment("modified_day", days.since, days.before)]
    )

    def columns(day: Any) -> Columns:
        begin = func.timezone("UTC", func.date_trunc(interval.value, cast(day, DateTime))).label(_BUCKET)
        return lambda columns: [begin, *(columns[name] for name in dimensions)]

    in_any = or_(*(in_segment(JOB_COUNT, segment) for segment in segments))
    unfolded = in_days(JOB_DELTA.c.modified_day, days.since, days.before)
    return [
        _of_table(JOB_COUNT, columns(JOB_COUNT.c.day), in_any, *state_of(criteria, JOB_COUNT.c)),
        _of_table(JOB_DELTA, columns(JOB_DELTA.c.modified_day), *unfolded, *state_of(criteria, JOB_DELTA.c)),
    ]


def _of_table(table: Any, columns: Columns, *conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*columns(table.c), table.c.n).where(*conditions)


def _rows(dimensions: Sequence[str], *conditions: ColumnElement[bool], interval: Interval | None = None) -> Select[Any]:
    own = {name: getattr(JobRow, name) for name in DIMENSIONS} | {"error_id": func.coalesce(JobRow.error_id, 0)}
    columns = [own[name].label(name) for name in dimensions]
    if interval is not None:
        columns.insert(0, func.date_trunc(interval.value, JobRow.last_modified, "UTC").label(_BUCKET))
    query = select(*columns, func.count().label("n")).where(*conditions)
    return query.group_by(*columns) if columns else query


def _oldest_queued(criteria: JobFilter, line: Subquery) -> ColumnElement[Any]:
    """When the first of a line's jobs was queued, if they are: at the begin of their part of an index."""
    others = criteria.model_copy(update=dict.fromkeys(STATE))
    first = select(func.min(JobRow.last_status_change)).where(
        JobRow.job_type_id == line.c.job_type_id,
        JobRow.status == JobStatus.QUEUED,
        JobRow.is_superseded == line.c.is_superseded,
        *where(JOB_CLAUSES, others),
    )
    of_error = first.where(JobRow.error_id == line.c.error_id).correlate(line).scalar_subquery()
    of_none = first.where(JobRow.error_id.is_(null())).correlate(line).scalar_subquery()
    # Asked of the line outside: a condition on it within would have all its rows read.
    return case((line.c.status == JobStatus.QUEUED, case((line.c.error_id == 0, of_none), else_=of_error)))
