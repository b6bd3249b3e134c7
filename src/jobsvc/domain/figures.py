"""Figures of jobs: numbers by group and over time, and how long executions waited and ran."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.filters import TimeRange

MOST_INTERVALS = 1000
INSTANT = timedelta(microseconds=1)
YEAR = 12


class GroupBy(StrEnum):
    """What jobs can be grouped by."""

    STATUS = "status"
    JOB_TYPE_ID = "job_type_id"
    JOB_TYPE_NAME = "job_type_name"
    ERROR_ID = "error_id"
    ERROR_NAME = "error_name"
    ERROR_CATEGORY = "error_category"
    IS_SUPERSEDED = "is_superseded"


class Split(StrEnum):
    """What the numbers of an interval can be told apart by."""

    STATUS = "status"
    JOB_TYPE_NAME = "job_type_name"
    ERROR_NAME = "error_name"
    ERROR_CATEGORY = "error_category"


class Interval(StrEnum):
    """How long the intervals of a histogram are; they begin with the minute, hour, day, Monday or month of UTC."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def is_of_days(self) -> bool:
        """Whether it is made of whole days."""
        return self not in {Interval.MINUTE, Interval.HOUR}


DEFAULT_NUMBER = {Interval.MINUTE: 60, Interval.HOUR: 24, Interval.DAY: 30, Interval.WEEK: 26, Interval.MONTH: 12}
"""How many intervals there are when no time is said: the current one and those before it."""
LENGTHS = {
    Interval.MINUTE: timedelta(minutes=1),
    Interval.HOUR: timedelta(hours=1),
    Interval.DAY: timedelta(days=1),
    Interval.WEEK: timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds that half, and 95 of 100, were not above; None of nothing."""

    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class JobGroup:
    """The jobs that are alike in what they are grouped by; everything else that could be is None."""

    count: int
    oldest_queued: datetime | None
    status: str | None = None
    job_type_id: int | None = None
    job_type_name: str | None = None
    job_type_version: str | None = None
    error_id: int | None = None
    error_name: str | None = None
    error_category: str | None = None
    is_superseded: bool | None = None
    executions: int = 0
    """How many executions the following are of."""
    waiting: Percentiles = Percentiles()
    running: Percentiles = Percentiles()


@dataclass(frozen=True, slots=True)
class HistogramBar:
    """The jobs of an interval; both ends belong to it. `counts` has what is split by and not zero, by value; "" is none."""

    started: datetime
    ended: datetime
    count: int = 0
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Histogram:
    """The numbers of jobs over time."""

    interval: Interval
    split: Split | None
    results: Sequence[HistogramBar]


def begin_of(moment: datetime, interval: Interval) -> datetime:
    """When the interval began that a moment is in."""
    utc = moment.astimezone(UTC).replace(second=0, microsecond=0)
    if interval is Interval.MINUTE:
        return utc
    if interval is Interval.HOUR:
        return utc.replace(minute=0)
    day = utc.replace(hour=0, minute=0)
    if interval is Interval.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if interval is Interval.MONTH else day


def histogram_range(window: TimeRange, interval: Interval, now: datetime) -> tuple[datetime, datetime]:
    """From when to when a histogram is: what is said, else up to now and the usual number of intervals."""
    ended = window.ended or now
    try:
        return window.started or _back(begin_of(ended, interval), interval, DEFAULT_NUMBER[interval] - 1), ended
    except OverflowError:
        raise InvalidRequest("ended: is before the times that this service knows.") from None


def begins(started: datetime, ended: datetime, interval: Interval) -> list[datetime]:
    """When the intervals begin that have a part in a range: the first one may begin before the range.

    Raises:
        InvalidRequest: There are too many.
    """
    try:
        moment = begin_of(started, interval)
        result: list[datetime] = []
        while moment <= ended:
            if len(result) == MOST_INTERVALS:
                raise InvalidRequest(
                    f"interval: the time has more than {MOST_INTERVALS} of these; ask for a longer one or a shorter time."
                )
            result.append(moment)
            moment = _next(moment, interval)
    except OverflowError:
        raise InvalidRequest("started, ended: are beyond the times that this service knows.") from None
    return result


def bars(started: datetime, ended: datetime, at: Sequence[datetime]) -> list[HistogramBar]:
    """The empty bars of a range whose intervals begin then."""
    firsts = [max(started, moment) for moment in at]
    lasts = [moment - INSTANT for moment in at[1:]] + [ended]
    return [HistogramBar(first, last) for first, last in zip(firsts, lasts, strict=True)] if at else []


def _next(moment: datetime, interval: Interval) -> datetime:
    if interval is Interval.MONTH:
        return (moment + timedelta(days=32)).replace(day=1)
    return moment + LENGTHS[interval]


def _back(moment: datetime, interval: Interval, number: int) -> datetime:
    if interval is not Interval.MONTH:
        return moment - number * LENGTHS[interval]
    months = moment.year * YEAR + moment.month - 1 - number
    if months < YEAR:
        raise OverflowError
    return moment.replace(year=months // YEAR, month=months % YEAR + 1)
