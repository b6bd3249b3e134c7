"""When the sources of a range of source times begin: an index of both times goes by the first one."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement

from jobsvc.db.counting.days import FIRST, LAST, midnight
from jobsvc.db.tables import JobRow


@dataclass(frozen=True)
class Starts:
    """How many jobs are on the days of a range, at most, and between which days their sources begin; None: it is not known."""

    number: int
    first: date | None = None
    last: date | None = None
    first_of_last_day: date | None = None
    """Of those that end on the last day of the range."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """That sources begin on these days."""
        return [*_since(self.first), *_until(self.last)]

    def of_last_day(self) -> list[ColumnElement[bool]]:
        """The same of the sources that end on the last day of the range."""
        return [*_since(self.first_of_last_day), *_until(self.last)]


UNKNOWN = Starts(0)


def _since(day: date | None) -> list[ColumnElement[bool]]:
    return [] if day is None or not FIRST <= day <= LAST else [JobRow.source_started >= midnight(day)]


def _until(day: date | None) -> list[ColumnElement[bool]]:
    return [] if day is None or not FIRST <= day <= LAST else [JobRow.source_started < midnight(day + timedelta(days=1))]
