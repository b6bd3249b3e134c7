"""How times and durations are read and written."""

from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.iso8601 import read_duration, read_timestamp, write_duration, write_timestamp

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-02T12:00:00Z",
        "2026-01-02 12:00Z",
        "2026-01-02T13:30:00+01:30",
        "20260102T120000Z",
        "2026-W01-5T12:00:00.0000009Z",
    ],
)
def test_every_form_of_an_instant_is_read(text: str) -> None:
    assert read_timestamp(text) == NOON
    assert read_timestamp(text).tzinfo is UTC


@pytest.mark.parametrize("text", ["2026-01-02T12:00:00", "2026-01-02", "2026-02-30T12:00:00Z", "", "noon", "PT1H"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"zone|isoformat|day"):
        read_timestamp(text)


def test_an_instant_before_the_first_year_is_refused() -> None:
    with pytest.raises(OverflowError):
        read_timestamp("0001-01-01T00:00:00+01:00")


def test_an_instant_is_written_with_its_zone() -> None:
    assert write_timestamp(NOON) == "2026-01-02T12:00:00Z"
    assert write_timestamp(NOON, "+00:00") == "2026-01-02T12:00:00+00:00"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P1DT2H3M4S", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("PT0S", timedelta()),
    ],
)
def test_a_duration_comes_back(text: str, length: timedelta) -> None:
    assert read_duration(text) == length
    assert read_duration(write_duration(length)) == length


@pytest.mark.parametrize("text", ["P", "P1M", "P1Y", "1H", ""])
def test_what_has_no_fixed_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"length|parse"):
        read_duration(text)
