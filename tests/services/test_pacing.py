"""How much is done at once, and for how long it rests."""

import pytest

from jobsvc.services.pacing import AIM_SECONDS, FIRST, LEAST, MOST, MOST_SECONDS, Pace


def test_what_is_quick_grows_step_by_step_and_what_is_slow_shrinks_at_once() -> None:
    pace = Pace(0.1)
    sizes = []
    for seconds in (0.01, 0.01, 0.01, AIM_SECONDS * 2, AIM_SECONDS * 1000, AIM_SECONDS / 2):
        pace.rest(pace.size, seconds)
        sizes.append(pace.size)
    assert sizes == [FIRST * 2, MOST, MOST, MOST // 2, LEAST, LEAST * 2]


def test_nothing_that_was_looked_at_says_nothing_of_how_many_fit() -> None:
    pace = Pace(0.1)
    pace.rest(0, 60.0)
    assert pace.size == FIRST


@pytest.mark.parametrize(
    ("least", "seconds", "rest"),
    [(0.1, 0.01, 0.1), (0.1, 0.5, 0.5), (0.1, 60.0, MOST_SECONDS), (30.0, 60.0, 30.0), (0.0, 60.0, 0.0)],
)
def test_it_rests_for_longer_after_what_took_longer(least: float, seconds: float, rest: float) -> None:
    assert Pace(least).rest(10, seconds) == rest
