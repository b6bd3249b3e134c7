"""How many retries of a job type may begin: a share of its starts, and none while one error dominates (docs/guide/retries.md).

A retry that a policy with limits gives is held, and goes on when they let it. Nothing in here reads or writes anything.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from jobsvc.domain.validation import StrictModel

DAY = 86_400
MOST_AT_ONCE = 1000
"""How many retries go on with one look."""
PARTS_OF_WINDOW = 60
"""As one are remembered those that went on within such a part of the window: a window has few numbers, however many retries."""

Share = Annotated[float, Field(gt=0, le=1)]
Seconds = Annotated[int, Field(strict=True, ge=1, le=DAY)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class RetryBudget(StrictModel):
    """How many retries of a job type may go on within a time."""

    share: Share = Field(description="At most such a share of the starts of the type, retries among them.")
    window_seconds: Seconds = Field(600, description="Within so many seconds.")
    at_least: Count = Field(1, description="So many always may, however few starts there are.")


class RetryBreaker(StrictModel):
    """When no retries of a job type go on: while most of its executions end with one and the same error."""

    share: Share = Field(0.5, description="It opens when such a share of the executions that ended had the same error.")
    window_seconds: Seconds = Field(300, description="Of those that ended within so many seconds, the last 1,000 at most.")
    min_failures: Count = Field(20, description="It does not open for fewer failures.")
    open_seconds: Seconds = Field(60, description="How long it is open before some executions are looked at again.")
    probes: Count = Field(3, description="How many retries go on then, and how many ends decide whether it closes.")


class BreakerState(StrEnum):
    """What a breaker does: lets retries go on, holds them back, or lets a few go on to see how they end."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Limits(NamedTuple):
    """What a policy says of how many retries there may be."""

    budget: RetryBudget | None = None
    breaker: RetryBreaker | None = None


NO_LIMITS = Limits()


class Released(NamedTuple):
    """Retries that went on together, or soon after each other: when the last ones did, and how many."""

    at: datetime
    number: int


class Gate(NamedTuple):
    """What a job type's retries have come to: its breaker, and those that went on; `probed`: when the last probes did.

    `since`: in this state. `error` is the one that the breaker is, or was last, open for.
    """

    state: BreakerState
    since: datetime
    error: str | None = None
    probed: datetime | None = None
    released: Sequence[Released] = ()


class Ends(NamedTuple):
    """How executions ended lately: how many there are, and how many had the most frequent error."""

    total: int = 0
    failures: int = 0
    error: str | None = None

    def are_dominated(self, share: float) -> bool:
        """Whether one error has such a share of them."""
        return self.error is not None and self.failures >= share * self.total


def next_gate(limits: Limits, gate: Gate, ends: Ends, now: datetime) -> Gate:
    """The gate as it is to be: the breaker in its next state, without what went on too long ago to count.

    `ends` are those of executions that ended since the gate is in its state, and within the breaker's window.
    """
    gate = gate._replace(released=_within_window(limits.budget, gate.released, now))
    breaker = limits.breaker
    if breaker is None:
        return gate if gate.state is BreakerState.CLOSED else _entered(gate, BreakerState.CLOSED, now)
    opened = _entered(gate, BreakerState.OPEN, now)._replace(error=ends.error)
    if gate.state is BreakerState.OPEN:
        is_over = now >= gate.since + timedelta(seconds=breaker.open_seconds)
        return _entered(gate, BreakerState.HALF_OPEN, now) if is_over else gate
    if gate.state is BreakerState.HALF_OPEN:
        if ends.total < breaker.probes:
            return gate
        return opened if ends.are_dominated(breaker.share) else _entered(gate, BreakerState.CLOSED, now)
    return opened if ends.failures >= breaker.min_failures and ends.are_dominated(breaker.share) else gate


def allowance(limits: Limits, gate: Gate, starts: int, now: datetime) -> int:
    """How many retries may go on now; `starts` are those of the type within the budget's window."""
    most = min(MOST_AT_ONCE, _probes(limits.breaker, gate, now))
    if limits.budget is None:
        return most
    budget = max(limits.budget.at_least, int(limits.budget.share * starts))
    return max(0, min(most, budget - sum(item.number for item in gate.released)))


def after_release(limits: Limits, gate: Gate, count: int, now: datetime) -> Gate:
    """The gate after so many retries went on."""
    if not count:
        return gate
    probed = now if gate.state is BreakerState.HALF_OPEN else gate.probed
    if limits.budget is None:
        return gate._replace(probed=probed)
    part = timedelta(seconds=limits.budget.window_seconds / PARTS_OF_WINDOW)
    released = list(gate.released)
    # As late as the last one: none is left out of the count before its time.
    if released and now - released[-1].at < part:
        count += released.pop().number
    return gate._replace(probed=probed, released=[*released, Released(now, count)])


def _probes(breaker: RetryBreaker | None, gate: Gate, now: datetime) -> int:
    if breaker is None or gate.state is BreakerState.CLOSED:
        return MOST_AT_ONCE
    if gate.state is BreakerState.OPEN:
        return 0
    # Those before may have been canceled, or take long.
    is_due = gate.probed is None or now >= gate.probed + timedelta(seconds=breaker.open_seconds)
    return breaker.probes if is_due else 0


def _entered(gate: Gate, state: BreakerState, now: datetime) -> Gate:
    return gate._replace(state=state, since=now, probed=None)


def _within_window(budget: RetryBudget | None, released: Sequence[Released], now: datetime) -> Sequence[Released]:
    if budget is None:
        return ()
    return [item for item in released if item.at > now - timedelta(seconds=budget.window_seconds)]
