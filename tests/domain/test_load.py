"""The load of the past, added up."""

from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.load import LoadSample, LoadStep, add_up, sample_times

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("started", "ended", "expected"),
    [
        (0, 2, [0, 1, 2]),
        (0.5, 2, [1, 2]),
        (0.5, 1.5, [1, 1.5]),
        (0.25, 0.5, [0.5]),
        (0, 0, [0]),
        (1, 0, []),
    ],
)
def test_samples_are_taken_at_full_hours_and_at_the_end(started: float, ended: float, expected: list[float]) -> None:
    assert sample_times(NOON + started * HOUR, NOON + ended * HOUR) == [NOON + hours * HOUR for hours in expected]


def test_a_month_has_a_sample_for_each_hour_and_no_range_is_longer() -> None:
    month = timedelta(days=31)
    assert len(sample_times(NOON - month, NOON)) == 31 * 24 + 1
    assert sample_times(NOON - month, NOON + timedelta(milliseconds=999))
    with pytest.raises(InvalidRequest, match=r"^started: must not be more than 31 days before ended"):
        sample_times(NOON - month - HOUR, NOON)


def test_what_began_goes_on_until_it_ceases() -> None:
    times = [NOON, NOON + HOUR, NOON + 2 * HOUR]
    steps = [LoadStep("queued", 0, 5), LoadStep("queued", 1, -3), LoadStep("running", 1, 2), LoadStep("running", 1, 1)]
    assert add_up(times, steps) == [
        LoadSample(NOON, queued_count=5),
        LoadSample(NOON + HOUR, queued_count=2, running_count=3),
        LoadSample(NOON + 2 * HOUR, queued_count=2, running_count=3),
    ]
