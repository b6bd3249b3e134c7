"""Orders by a text of sources: the values that there are, and of each the jobs by their last change, as its index has them.

Few values stand for many jobs, and an index of values by id would cost each job as much as four others (bench/README.md). Jobs of
the same text are therefore in the sequence of their last change (docs/spec/decisions.md#ties).
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Text, func, literal, select, true, union_all

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.counting.jobs import SOURCES, number_in
from jobsvc.db.counting.sums import summed
from jobsvc.db.order_parts import directed
from jobsvc.db.paging import Window
from jobsvc.db.statement_cache import REMEMBERED
from jobsvc.db.tables import JOB_DELTA, JOB_SOURCE_COUNT, JobRow
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.sorting import SortKey

_TEXTS = {Field(f"source_{name}"): name for name in SOURCES.values()}
"""The field -> the dimension of the count."""


def with_ties(order: Sequence[SortKey[Field]]) -> Sequence[SortKey[Field]]:
    """The order with what breaks its ties before the id does."""
    if len(order) == 1 and order[0].field in _TEXTS:
        return [*order, SortKey(Field.LAST_MODIFIED, order[0].descending)]
    return order


def is_by_text(order: Sequence[SortKey[Field]]) -> bool:
    """Whether it is such an order, with its ties, in one direction."""
    fields = [key.field for key in order]
    is_kind = fields[:1] != [] and fields[0] in _TEXTS and fields[1:] == [Field.LAST_MODIFIED]
    return is_kind and order[0].descending == order[1].descending


@lru_cache(REMEMBERED)
def by_text(criteria: JobFilter, order: tuple[SortKey[Field], ...], window: Window) -> Select[Any]:
    """The ids of some jobs in such an order."""
    field, is_descending = order[0].field, order[0].descending != window.is_reversed
    having = _having(getattr(JobRow, field), criteria, window.depth, is_descending=is_descending)
    lacking = _lacking(getattr(JobRow, field), criteria, window.depth, is_descending=is_descending)
    if is_descending:
        lacking = select(lacking.subquery()).limit(_number_lacking(field))
    former, latter = (lacking, having) if is_descending else (having, lacking)
    leading = former.cte("leading").prefix_with("MATERIALIZED", dialect="postgresql")
    # The inner limit is for the planner, which takes one that is computed for a tenth of the rows.
    rest = func.greatest(0, window.depth - select(func.count()).select_from(leading).scalar_subquery())
    rows = union_all(select(leading), select(select(latter.subquery()).limit(rest).subquery())).subquery()
    return window.cut(select(rows.c.id).order_by(*directed([rows.c.text, *_place(rows.c)], is_descending=is_descending)))


def _place(columns: Any) -> list[Any]:
    """What jobs of the same text are sorted by."""
    return [columns.last_modified, columns.id]


def _having(column: Any, criteria: JobFilter, depth: int, *, is_descending: bool) -> Select[Any]:
    """The first jobs that have a text: those of a value are looked at when there are not enough before it."""
    values = _values(column, is_descending=is_descending)
    of_value = select(JobRow.id, JobRow.last_modified).where(column == values.c.value, *where(JOB_CLAUSES, criteria))
    of_value = of_value.order_by(*directed(_place(JobRow), is_descending=is_descending)).limit(depth)
    first = of_value.correlate(values).lateral("first")
    query = select(values.c.text, *_place(first.c)).select_from(values).join(first, true())
    return query.order_by(*directed([values.c.text, *_place(first.c)], is_descending=is_descending)).limit(depth)


def _values(column: Any, *, is_descending: bool) -> Subquery:
    """The texts that jobs have, and what they are sorted by: each is asked of the index as the next one behind the one before."""
    value = select(column.label("value")).where(column.is_not(None)).order_by(column).limit(1).cte("value", recursive=True)
    following = select(column).where(column > value.c.value).order_by(column).limit(1).correlate(value).scalar_subquery()
    value = value.union_all(select(following).where(value.c.value.is_not(None)))
    text = func.lower(value.c.value)
    query = select(value.c.value, text.label("text")).where(value.c.value.is_not(None))
    return query.order_by(*directed([text], is_descending=is_descending)).subquery("one")


def _lacking(column: Any, criteria: JobFilter, depth: int, *, is_descending: bool) -> Select[Any]:
    """The first jobs without a text."""
    query = select(literal(None, Text).label("text"), *_place(JobRow)).where(column.is_(None), *where(JOB_CLAUSES, criteria))
    return query.order_by(*directed(_place(JobRow), is_descending=is_descending)).limit(depth)


def _number_lacking(field: Field) -> ColumnElement[int]:
    """How many jobs have no such text, as the counts say: more of them are not looked for."""
    having = summed(JOB_SOURCE_COUNT, JOB_SOURCE_COUNT.c.dimension == _TEXTS[field])
    having += summed(JOB_DELTA, JOB_DELTA.c[field.value].is_not(None))
    return func.greatest(0, number_in(JobFilter()) - having)
