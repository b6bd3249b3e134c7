"""Orders by what jobs point to, or may not have: the jobs that have it and those that have not, each read along an index."""

from typing import Any

from sqlalchemy import ColumnElement, Select, literal, select, union_all

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.job_sorting import JOB_ORDER, reference_of
from jobsvc.db.paging import Window
from jobsvc.db.sorting import sortable
from jobsvc.db.tables import JobRow, JobTypeRevisionRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.sorting import SortKey

PARTLY_INDEXED = {
    Field.BATCH_ID,
    Field.DURATION,
    Field.ERROR_ID,
    Field.NODE_ID,
    Field.RECIPE_ID,
    Field.ROOT_SUPERSEDED_JOB,
    Field.SOURCE_ENDED,
    Field.SOURCE_STARTED,
    Field.SUPERSEDED,
    Field.SUPERSEDED_JOB,
}
"""Fields whose index has the jobs that have a value, or which come last both ways when they have none."""
ALWAYS = {JobRow.job_type_id, JobRow.job_type_rev_id}
"""What every job has."""


def in_parts(criteria: JobFilter, key: SortKey[Field], window: Window) -> Select[Any] | None:
    """The ids of some jobs in an order of this kind; None for other orders."""
    matching = where(JOB_CLAUSES, criteria)
    is_descending = key.descending != window.is_reversed
    if (reference := reference_of(key.field)) is not None:
        having = _of_each(key, window, matching, *reference)
        link = reference[1]
    elif key.field in PARTLY_INDEXED:
        link = JOB_ORDER[key.field]
        having = _values(link, JobRow.id).where(*matching, link.is_not(None))
    else:
        return None
    columns = having.selected_columns
    parts = [_first(having, (columns.value, columns.id), window, is_descending=is_descending)]
    if link not in ALWAYS:
        gap = _values(literal(None, columns.value.type), JobRow.id).where(*matching, link.is_(None))
        parts.append(_first(gap, (JobRow.id,), window, is_descending=is_descending))
    rows = union_all(*(select(part.subquery()) for part in parts)).subquery()
    value, tie = directed((rows.c.value, rows.c.id), is_descending=is_descending)
    if key.field is Field.DURATION:
        value = value.nulls_first() if window.is_reversed else value.nulls_last()
    return window.cut(select(rows.c.id).order_by(value, tie))


def directed(columns: tuple[Any, ...], *, is_descending: bool) -> list[Any]:
    """The columns in one direction."""
    return [column.desc() if is_descending else column.asc() for column in columns]


def _values(value: Any, tie: Any) -> Select[Any]:
    columns: list[Any] = [value.label("value"), tie.label("id")]
    return select(*columns)


def _first(query: Select[Any], columns: tuple[Any, ...], window: Window, *, is_descending: bool) -> Select[Any]:
    return query.order_by(*directed(columns, is_descending=is_descending)).limit(window.depth)


def _of_each(key: SortKey[Field], window: Window, matching: list[ColumnElement[bool]], table: Any, link: Any) -> Select[Any]:
    """The first jobs of each row of a small table: those of the first rows are all that is ever looked at."""
    is_descending = key.descending != window.is_reversed
    # The index of the jobs of a type serves its few revisions, too.
    of_type = [JobRow.job_type_id == table.job_type_id] if table is JobTypeRevisionRow else []
    jobs = select(JobRow.id).where(link == table.id, *of_type, *matching).correlate(table)
    first = _first(jobs, (JobRow.id,), window, is_descending=is_descending).lateral("first")
    value = sortable(JOB_ORDER[key.field])
    return _values(value, first.c.id).select_from(table).join(first, literal(True))  # noqa: FBT003
