"""Which instants and durations are understood (docs/spec/behaviour/conventions.md#times and docs/spec/decisions.md)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import is_duration, parse_bound, parse_instant, parse_range, parse_timestamp

NOW = datetime(2015, 6, 1, 12, tzinfo=UTC)
ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 (zones are given)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-01-01T00:00:00Z", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01 00:00:00Z", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T00:00Z", datetime(2015, 1, 1, tzinfo=UTC)),
        ("2015-01-01T00:00:00.5Z", datetime(2015, 1, 1, microsecond=500_000, tzinfo=UTC)),
        ("2015-01-01T00:00:00.123456999Z", datetime(2015, 1, 1, microsecond=123_456, tzinfo=UTC)),
        ("2015-01-01T06:00:00+05:30", datetime(2015, 1, 1, 0, 30, tzinfo=UTC)),
        ("2015-01-01T06:00:00-05:30", datetime(2015, 1, 1, 11, 30, tzinfo=UTC)),
        ("2015-01-01T06:00:00 05:30", datetime(2015, 1, 1, 0, 30, tzinfo=UTC)),
        ("2015-01-01 06:00 05:30", datetime(2015, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_timestamp_with_a_zone_is_an_instant_in_utc(text: str, expected: datetime) -> None:
    assert parse_instant(text, NOW) == expected
    assert parse_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("P1D", timedelta(days=1)),
        ("PT3H", timedelta(hours=3)),
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("P1.5D", timedelta(hours=36)),
        ("PT0.000001S", timedelta(microseconds=1)),
        ("P1DT", timedelta(days=1)),
        ("P", timedelta()),
        ("PT", timedelta()),
    ],
)
def test_a_duration_is_that_long_before_now(text: str, before: timedelta) -> None:
    assert parse_instant(text, NOW) == NOW - before
    assert is_duration(text)


UNREADABLE = [
    *("", " ", "now", "1420070400", "2015-01-01", "20150101T000000Z"),
    *("2015-01-01T00:00:00", "2015-01-01T00Z", "2015-01-01T00:00:00.Z", "2015-01-01T00:00:00Z\n"),
    *("2015-01-01t00:00:00z", "2015-01-01T00:00:00+0500", "2015-01-01T00:00:00+05", "2015-1-1T00:00:00Z"),
    *("2015-02-30T00:00:00Z", "2015-13-01T00:00:00Z", "2015-01-01T24:00:00Z", "2015-01-01T00:00:60Z"),
    *(
        "2015-01-01T00:00:00+05:60",
        "2015-01-01T00:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "٢٠١٥-01-01T00:00:00Z",
    ),
    *("0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00"),
    *("P1W", "P1Y", "P1M", "p1d", "P1,5D", "P1.D", "P-1D", "-P1D", "PT1S1M", "P1H", "P1DT1H "),
    *("P99999999D", "P800000D", f"P{'9' * 400}D"),
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^must be a timestamp"):
        parse_instant(text, NOW)


def test_the_refusal_of_a_bound_names_the_member() -> None:
    with pytest.raises(InvalidRequest, match=r"^ended: must be a timestamp .* not '2015-01-01'$"):
        parse_bound("2015-01-01", NOW, "ended")


@given(INSTANTS)
def test_every_instant_survives_being_written_and_read(instant: datetime) -> None:
    assert parse_instant(instant.isoformat(), NOW) == instant


@given(st.integers(0, 10**6), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59))
def test_a_duration_is_the_sum_of_its_parts(days: int, hours: int, minutes: int, seconds: int) -> None:
    days %= 10**5
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    assert parse_instant(f"P{days}DT{hours}H{minutes}M{seconds}S", NOW) == NOW - length


@pytest.mark.parametrize(
    ("started", "ended", "expected"),
    [
        (None, None, (None, None)),
        ("P1D", None, (NOW - timedelta(days=1), None)),
        (None, "P1D", (None, NOW - timedelta(days=1))),
        ("PT2H", "PT1H", (NOW - timedelta(hours=2), NOW - timedelta(hours=1))),
        ("P1D", "PT24H", (NOW - timedelta(days=1), NOW - timedelta(days=1))),
    ],
)
def test_a_range_has_the_ends_that_are_given(
    started: str | None, ended: str | None, expected: tuple[datetime | None, datetime | None]
) -> None:
    assert parse_range(started, ended, NOW) == expected


@pytest.mark.parametrize(
    ("started", "ended"),
    [
        ("2015-01-01T00:00:00Z", "2015-01-01T00:00:00Z"),
        ("2015-01-01T00:00:01Z", "2015-01-01T00:00:00Z"),
        ("PT1H", "PT2H"),
        ("PT0S", "2015-06-01T12:00:00Z"),
        ("2015-06-01T12:00:00Z", "PT0S"),
    ],
)
def test_a_range_that_does_not_start_before_its_end_is_refused(started: str, ended: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^source_started: must be before source_ended$"):
        parse_range(started, ended, NOW, names=("source_started", "source_ended"))


def test_the_end_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidRequest, match=r"^ended: "):
        parse_range("P1D", "soon", NOW)
