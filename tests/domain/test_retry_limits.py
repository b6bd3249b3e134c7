"""How many retries may go on: the budget, and the states of the breaker."""

from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.domain.retry_limits import (
    MOST_AT_ONCE,
    BreakerState,
    Ends,
    Gate,
    Limits,
    Released,
    RetryBreaker,
    RetryBudget,
    after_release,
    allowance,
    next_gate,
)
from jobsvc.domain.retry_records import policy_of

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CLOSED, OPEN, HALF_OPEN = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.HALF_OPEN
BREAKER = Limits(breaker=RetryBreaker(share=0.5, min_failures=10, open_seconds=60, probes=2))
BUDGET = Limits(RetryBudget(share=0.1, window_seconds=600, at_least=2))


def gate(state: BreakerState = CLOSED, ago: float = 0, error: str | None = None) -> Gate:
    return Gate(state, NOW - timedelta(seconds=ago), error)


@pytest.mark.parametrize(
    ("before", "ends", "after"),
    [
        (gate(ago=9), Ends(100, 9, "a"), gate(ago=9)),
        (gate(ago=9), Ends(21, 10, "a"), gate(ago=9)),
        (gate(ago=9), Ends(20, 10, "a"), gate(OPEN, error="a")),
        (gate(ago=9), Ends(), gate(ago=9)),
        (gate(OPEN, 59, "a"), Ends(20, 20, "b"), gate(OPEN, 59, "a")),
        (gate(OPEN, 60, "a"), Ends(20, 20, "b"), gate(HALF_OPEN, error="a")),
        (gate(HALF_OPEN, 60, "a"), Ends(1, 1, "a"), gate(HALF_OPEN, 60, "a")),
        (gate(HALF_OPEN, 60, "a"), Ends(2, 1, "b"), gate(OPEN, error="b")),
        (gate(HALF_OPEN, 60, "a"), Ends(2, 0, None), gate(CLOSED, error="a")),
    ],
)
def test_the_breaker_opens_looks_again_and_closes(before: Gate, ends: Ends, after: Gate) -> None:
    result = next_gate(BREAKER, before, ends, NOW)
    assert result._replace(released=()) == after


def test_a_policy_has_limits_or_none() -> None:
    assert policy_of("calm", 1, [], BUDGET).has_limits
    assert not policy_of("calm", 1, []).has_limits


def test_without_a_breaker_nothing_stays_open() -> None:
    assert next_gate(BUDGET, gate(OPEN, 5, "a"), Ends(), NOW).state is CLOSED
    assert next_gate(Limits(), gate(ago=5), Ends(), NOW) == gate(ago=5)


@pytest.mark.parametrize(("starts", "released", "allowed"), [(0, 0, 2), (0, 2, 0), (100, 2, 8), (100, 11, 0), (10**6, 0, 1000)])
def test_the_budget_is_a_share_of_the_starts(starts: int, released: int, allowed: int) -> None:
    before = gate()._replace(released=[Released(NOW, released)])
    assert allowance(BUDGET, before, starts, NOW) == allowed


def test_what_went_on_counts_for_a_window() -> None:
    first = after_release(BUDGET, gate(), 3, NOW)
    second = after_release(BUDGET, first, 2, NOW + timedelta(seconds=9))
    third = after_release(BUDGET, second, 1, NOW + timedelta(seconds=60))
    assert third.released == [Released(NOW + timedelta(seconds=9), 5), Released(NOW + timedelta(seconds=60), 1)]
    assert after_release(BUDGET, third, 0, NOW) is third
    later = next_gate(BUDGET, third, Ends(), NOW + timedelta(seconds=609))
    assert later.released == [Released(NOW + timedelta(seconds=60), 1)]


def test_a_few_are_tried_once_it_is_half_open_and_again_later() -> None:
    assert allowance(BREAKER, gate(), 0, NOW) == MOST_AT_ONCE
    assert allowance(BREAKER, gate(OPEN), 0, NOW) == 0
    half = gate(HALF_OPEN)
    assert allowance(BREAKER, half, 0, NOW) == 2
    probed = after_release(BREAKER, half, 2, NOW)
    assert (probed.probed, allowance(BREAKER, probed, 0, NOW)) == (NOW, 0)
    assert allowance(BREAKER, probed, 0, NOW + timedelta(seconds=60)) == 2
