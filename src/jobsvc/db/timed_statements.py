"""Statements for lists by time, built once for all times that divide alike into months, days, and what is left at either end.

Each request has another time, and to build a statement takes several times as long as to run it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.compiled import CompiledStatement
from jobsvc.db.counting.days import Days, midnight, whole_days
from jobsvc.domain.filters import JobFilter

Instants = tuple[date | None, ...]


@dataclass(frozen=True)
class TimedFilter:
    """A filter; equal to others for which a statement differs in nothing but times."""

    others: JobFilter
    """The criteria beside the range."""
    pattern: tuple[Any, ...]
    """What the whole days of the range are counted by, and which of the times are the same."""
    criteria: JobFilter = field(compare=False)
    times: Instants = field(compare=False)
    """All times that a statement may have, days too."""

    @classmethod
    def of(cls, criteria: JobFilter) -> "TimedFilter | None":
        """None for times at the edge of what dates can say."""
        days = whole_days(criteria.started, criteria.ended)
        if days is None:
            return None
        times, grains = _times(criteria, days)
        others = criteria.model_copy(update={"started": None, "ended": None})
        return cls(others, (grains, tuple(None if time is None else times.index(time) for time in times)), criteria, times)


class TimedStatement:
    """A statement that was built for one range, and serves those of the same pattern."""

    def __init__(self, query: Select[Any], matching: TimedFilter) -> None:
        """`matching` is what it was built for."""
        self._statement = CompiledStatement(query)
        self.text = self._statement.text
        values = self._statement.values()
        self._places = [(place, matching.times.index(value)) for place, value in enumerate(values) if isinstance(value, date)]

    def values(self, matching: TimedFilter) -> list[Any]:
        """The values of the parameters for another range."""
        values = self._statement.values()
        for place, number in self._places:
            values[place] = matching.times[number]
        return values

    async def rows(self, connection: AsyncConnection, matching: TimedFilter) -> Sequence[Sequence[Any]]:
        """All rows for another range."""
        return await self._statement.rows_for(connection, self.values(matching))


def _times(criteria: JobFilter, days: Days) -> tuple[Instants, tuple[str, ...]]:
    """The times of a range, and the grains by which its whole days are counted; there are none of an empty one."""
    segments = () if days.is_empty else tuple(days.segments("modified"))
    bounds: list[date | None] = [bound for segment in segments for bound in (segment.since, segment.before)]
    midnights: list[datetime | None] = [None if day is None else midnight(day) for day in (days.since, days.before)]
    times = (criteria.started, criteria.ended, days.since, days.before, *midnights, *bounds)
    return times, tuple(segment.grain for segment in segments)
