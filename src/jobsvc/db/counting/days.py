"""A range of time as whole months, whole days and what is left of a day at either end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)
FIRST, LAST = date(1, 1, 2), date(9999, 12, 30)
"""The days that have a day before and after them."""


@dataclass(frozen=True)
class Segment:
    """Some grains of a count: the days from `since` on (None: from the first) and before `before` (None: all that follow)."""

    grain: str
    since: date | None
    before: date | None


@dataclass(frozen=True)
class Days:
    """The whole UTC days in a range, from `since` on and before `before`; None where the range is open."""

    since: date | None
    before: date | None

    @property
    def is_empty(self) -> bool:
        """Whether no whole day is in the range."""
        return self.since is not None and self.before is not None and self.since >= self.before

    def segments(self, time_of: str) -> Iterator[Segment]:
        """The days as few grains of the counts by `time_of`: months where they are whole, else days."""
        first = None if self.since is None else _next_month(self.since - DAY)
        last = None if self.before is None else self.before.replace(day=1)
        day, month = f"{time_of}_day", f"{time_of}_month"
        if first is not None and last is not None and first >= last:
            yield Segment(day, self.since, self.before)
            return
        yield Segment(month, first, last)
        if self.since is not None and self.since != first:
            yield Segment(day, self.since, first)
        if self.before is not None and self.before != last:
            yield Segment(day, last, self.before)


def whole_days(started: datetime | None, ended: datetime | None) -> Days | None:
    """The days of an inclusive range; None for times at the edge of what dates can say."""
    if any(instant is not None and not FIRST <= instant.date() <= LAST for instant in (started, ended)):
        return None
    since = None if started is None else (started if started == midnight(started.date()) else started + DAY).date()
    return Days(since, None if ended is None else ended.date())


def midnight(day: date) -> datetime:
    """When a UTC day begins."""
    return datetime.combine(day, time(), UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
