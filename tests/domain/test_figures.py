"""When the intervals of a histogram begin and end."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.figures import DEFAULT_NUMBER, MOST_INTERVALS, Interval, bars, begin_of, begins, histogram_range
from jobsvc.domain.filters import TimeRange

NOON = datetime(2026, 3, 4, 12, 34, 56, 789, tzinfo=UTC)
"""A Wednesday."""
BEGINS = {
    Interval.MINUTE: datetime(2026, 3, 4, 12, 34, tzinfo=UTC),
    Interval.HOUR: datetime(2026, 3, 4, 12, tzinfo=UTC),
    Interval.DAY: datetime(2026, 3, 4, tzinfo=UTC),
    Interval.WEEK: datetime(2026, 3, 2, tzinfo=UTC),
    Interval.MONTH: datetime(2026, 3, 1, tzinfo=UTC),
}
FIRSTS = {
    Interval.MINUTE: datetime(2026, 3, 4, 11, 35, tzinfo=UTC),
    Interval.HOUR: datetime(2026, 3, 3, 13, tzinfo=UTC),
    Interval.DAY: datetime(2026, 2, 3, tzinfo=UTC),
    Interval.WEEK: datetime(2025, 9, 8, tzinfo=UTC),
    Interval.MONTH: datetime(2025, 4, 1, tzinfo=UTC),
}
EDGES = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@pytest.mark.parametrize("interval", Interval)
def test_an_interval_begins_as_the_calendar_says(interval: Interval) -> None:
    assert begin_of(NOON, interval) == BEGINS[interval]
    elsewhere = NOON.astimezone(timezone(timedelta(hours=9, minutes=30)))
    assert begin_of(elsewhere, interval) == BEGINS[interval]


@pytest.mark.parametrize("interval", Interval)
def test_without_a_time_it_is_up_to_now(interval: Interval) -> None:
    started, ended = histogram_range(TimeRange(), interval, NOON)
    assert (started, ended) == (FIRSTS[interval], NOON)
    at = begins(started, ended, interval)
    assert len(at) == DEFAULT_NUMBER[interval]
    assert at[-1] == BEGINS[interval]


def test_months_go_back_over_the_turn_of_the_year() -> None:
    january = datetime(2026, 1, 31, tzinfo=UTC)
    assert histogram_range(TimeRange(ended=january), Interval.MONTH, NOON)[0] == datetime(2025, 2, 1, tzinfo=UTC)


def test_what_is_said_is_taken() -> None:
    window = TimeRange(started=NOON - timedelta(hours=2), ended=NOON)
    assert histogram_range(window, Interval.DAY, NOON + timedelta(days=9)) == (window.started, NOON)


def test_bars_touch_and_both_ends_belong_to_them() -> None:
    started, ended = NOON - timedelta(hours=2), NOON
    ends = [(bar.started, bar.ended) for bar in bars(started, ended, begins(started, ended, Interval.HOUR))]
    hour = datetime(2026, 3, 4, 11, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    assert ends == [
        (started, hour - instant),
        (hour, hour + timedelta(hours=1) - instant),
        (hour + timedelta(hours=1), ended),
    ]


def test_a_range_that_ends_before_it_begins_has_no_bars() -> None:
    at = begins(NOON, NOON - timedelta(days=1), Interval.HOUR)
    assert at == []
    assert bars(NOON, NOON - timedelta(days=1), at) == []


def test_there_are_no_more_than_so_many() -> None:
    first = datetime(2026, 3, 4, tzinfo=UTC)
    last = first + timedelta(minutes=MOST_INTERVALS - 1)
    assert len(begins(first, last, Interval.MINUTE)) == MOST_INTERVALS
    with pytest.raises(InvalidRequest, match="interval"):
        begins(first, last + timedelta(minutes=1), Interval.MINUTE)


@pytest.mark.parametrize("interval", Interval)
def test_the_edges_of_time(interval: Interval) -> None:
    first, last = EDGES
    with pytest.raises(InvalidRequest, match="ended"):
        histogram_range(TimeRange(ended=first), interval, NOON)
    with pytest.raises(InvalidRequest, match="started"):
        begins(last, last, interval)


def test_which_intervals_are_made_of_whole_days() -> None:
    assert [interval for interval in Interval if interval.is_of_days] == [Interval.DAY, Interval.WEEK, Interval.MONTH]
