"""Sums over a count and over the deltas that are not folded into it yet: together they are the truth of one moment."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import BigInteger, ColumnElement, Date, Table, and_, cast, func, literal, select

from jobsvc.db.clauses import Clause, any_of, flag, ids
from jobsvc.db.counting.days import Days, Segment, midnight

Conditions = Callable[[Any], Sequence[ColumnElement[bool]]]
"""The conditions on the columns of a count, or of its deltas."""


STATE: Mapping[str, tuple[str, Callable[[Any], Clause]]] = {
    "statuses": ("status", any_of),
    "job_type_ids": ("job_type_id", ids),
    "error_ids": ("error_id", ids),
    "node_ids": ("node_id", ids),
    "is_superseded": ("is_superseded", flag),
}
"""The criterion of a state -> the column of the counts, and how they are compared."""


def state_of(criteria: BaseModel, columns: Any) -> list[ColumnElement[bool]]:
    """The conditions of a state on a count or its deltas."""
    chosen = ((*STATE[name], value) for name, value in criteria if name in STATE and value is not None)
    return [clause(columns[column])(value) for column, clause, value in chosen]


def summed(table: Table, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows the lines of a table stand for."""
    total = func.coalesce(func.sum(table.c.n), 0)
    return cast(select(total).where(*conditions).scalar_subquery(), BigInteger)


def counted(table: Any, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows there are, counted one by one."""
    return select(func.count()).select_from(table).where(*conditions).scalar_subquery()


def added(parts: Iterable[ColumnElement[int]]) -> ColumnElement[int]:
    """The sum of some numbers."""
    first, *others = parts
    for part in others:
        first += part
    return first


def in_days(column: Any, since: Any, before: Any) -> list[ColumnElement[bool]]:
    """Conditions on a column of dates."""
    lower = [] if since is None else [column >= literal(since, Date)]
    return lower if before is None else [*lower, column < literal(before, Date)]


def in_segment(table: Table, segment: Segment) -> ColumnElement[bool]:
    """The lines of a segment."""
    return and_(table.c.grain == segment.grain, *in_days(table.c.day, segment.since, segment.before))


@dataclass(frozen=True)
class Grains:
    """The grains of a count: over all time, and the beginning of the names of those by day and month."""

    all: str = "all"
    time_of: str = "modified"


_ALL_GRAINS = Grains()


def by_grain(count: Table, delta: Table, days: Days, conditions: Conditions, grains: Grains = _ALL_GRAINS) -> ColumnElement[int]:
    """How many there are on whole days of the last change."""
    if days.since is None and days.before is None:
        return summed(count, count.c.grain == grains.all, *conditions(count.c)) + summed(delta, *conditions(delta.c))
    lines = [summed(count, in_segment(count, segment), *conditions(count.c)) for segment in days.segments(grains.time_of)]
    unfolded = summed(delta, *in_days(delta.c.modified_day, days.since, days.before), *conditions(delta.c))
    return added([*lines, unfolded])


def ends_of(column: Any, started: datetime | None, ended: datetime | None, days: Days) -> list[ColumnElement[bool]]:
    """What is left of a range beside its whole days: a part of a day at either end, or of a day or two."""
    if days.is_empty:
        return [and_(column >= started, column <= ended)]
    lower = [] if started is None or days.since is None else [and_(column >= started, column < midnight(days.since))]
    upper = [] if ended is None or days.before is None else [and_(column >= midnight(days.before), column <= ended)]
    return [*lower, *upper]
