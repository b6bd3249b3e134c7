"""Pages of jobs from a place on: what comes behind a row is asked of the index, wherever in the list it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.clauses import JOB_CLAUSES, where
from jobsvc.db.job_branches import branches
from jobsvc.db.job_sorting import GAPS_LAST, JOB_ORDER, with_joins
from jobsvc.db.sorting import sortable
from jobsvc.db.tables import JobRow, SchedulerRow
from jobsvc.domain.cursors import CursorRequest, Position, Value, read_cursor, write_cursor
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.job_sorting import JobOrderField as Field
from jobsvc.domain.paging import Cursors, Page
from jobsvc.domain.sorting import SortKey

_KEY = select(SchedulerRow.cursor_key)


@dataclass(frozen=True)
class Sorted:
    """A column in the direction in which it is read; gaps are rows without a value."""

    column: Any
    is_descending: bool
    are_gaps_last: bool

    def of(self, column: Any) -> Any:
        """A column sorted like this."""
        direction = column.desc() if self.is_descending else column.asc()
        return direction.nulls_last() if self.are_gaps_last else direction.nulls_first()

    def behind(self, value: Value) -> list[ColumnElement[bool]]:
        """The conditions, each for itself, of which one holds for what comes behind a value: an index serves each alone."""
        if value is None:
            return [] if self.are_gaps_last else [self.column.is_not(None)]
        bound = literal(value, self.column.type)
        further = self.column < bound if self.is_descending else self.column > bound
        return [further, self.column.is_(None)] if self.are_gaps_last else [further]

    def at(self, value: Value) -> ColumnElement[bool]:
        """That the value is this."""
        same: ColumnElement[bool] = self.column.is_(None) if value is None else self.column == literal(value, self.column.type)
        return same


async def page_by_cursor(
    connection: AsyncConnection,
    criteria: JobFilter,
    order: Sequence[SortKey[Field]],
    request: CursorRequest,
    *,
    size: int,
    count: int,
) -> Page[int]:
    """The ids of the jobs behind, or before, a cursor, and the cursors of the pages around them.

    Raises:
        InvalidRequest: The cursor is of another list.
    """
    key = (await connection.execute(_KEY)).scalar_one().encode()
    kinds = [sortable(JOB_ORDER[item.field]).type.python_type for item in order]
    position = read_cursor(request.token, key, request.scope, kinds) if request.token else None
    is_backwards = position is not None and position.is_backwards
    columns = [_sorted(item, is_reversed=is_backwards) for item in order]
    rows = (await connection.execute(_query(criteria, order, columns, position, size + 1))).all()
    has_more, rows = len(rows) > size, rows[:size]
    shown = rows[::-1] if is_backwards else rows

    def beside(row: Any, *, is_there: bool, is_before: bool) -> str | None:
        position = Position(tuple(row)[1:], row[0], is_before)
        return write_cursor(position, key, request.scope) if is_there else None

    cursors = Cursors(None, None)
    if shown:
        cursors = Cursors(
            beside(shown[-1], is_there=is_backwards or has_more, is_before=False),
            beside(shown[0], is_there=has_more if is_backwards else position is not None, is_before=True),
        )
    return Page([row[0] for row in shown], count, 1, size, cursors)


def _sorted(key: SortKey[Field], *, is_reversed: bool) -> Sorted:
    is_descending = key.descending != is_reversed
    are_gaps_last = not is_reversed if key.field in GAPS_LAST else not is_descending
    return Sorted(sortable(JOB_ORDER[key.field]), is_descending, are_gaps_last)


def _query(
    criteria: JobFilter, order: Sequence[SortKey[Field]], columns: Sequence[Sorted], position: Position | None, limit: int
) -> Select[Any]:
    tie = Sorted(JobRow.id, bool(columns) and columns[-1].is_descending, are_gaps_last=True)
    labelled = [sorted_.column.label(f"c{number}") for number, sorted_ in enumerate(columns)]
    every = with_joins(select(JobRow.id, *labelled), order)
    every = every.order_by(*(item.of(item.column) for item in columns), _plain(tie, JobRow.id)).limit(limit)
    matching: list[Select[Any]] = [every.where(*where(JOB_CLAUSES, part)) for part in _side_by_side(criteria, order)]
    behind = [literal(True)] if position is None else _behind([*columns, tie], [*position.values, position.id])  # noqa: FBT003
    parts: list[Select[Any]] = [part.where(condition) for part, condition in product(matching, behind)]
    if len(parts) == 1:
        return parts[0]
    rows = union_all(*(select(part.subquery()) for part in parts)).subquery()
    sequence = [item.of(rows.c[f"c{number}"]) for number, item in enumerate(columns)]
    return select(rows).order_by(*sequence, _plain(tie, rows.c.id)).limit(limit)


def _side_by_side(criteria: JobFilter, order: Sequence[SortKey[Field]]) -> list[JobFilter]:
    return branches(criteria) if [key.field for key in order] == [Field.LAST_MODIFIED] else [criteria]


def _plain(item: Sorted, column: Any) -> Any:
    return column.desc() if item.is_descending else column.asc()


def _behind(columns: Sequence[Sorted], values: Sequence[Value]) -> list[ColumnElement[bool]]:
    """Behind a row is what has the same in the first columns and comes behind it by the next one."""
    result = []
    same: list[ColumnElement[bool]] = []
    for column, value in zip(columns, values, strict=True):
        result += [and_(*same, condition) for condition in column.behind(value)]
        same.append(column.at(value))
    return result
