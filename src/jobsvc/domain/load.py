"""How many jobs waited and ran at moments of the past, computed from the times at which they began and ended to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from jobsvc.domain.errors import InvalidRequest

LONGEST = timedelta(days=31)
STEP = timedelta(hours=1)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LoadSample:
    """The number of jobs in each state at a moment."""

    time: datetime
    pending_count: int = 0
    queued_count: int = 0
    running_count: int = 0


@dataclass(frozen=True, slots=True)
class LoadStep:
    """By how much the number of jobs in a state (pending, queued, running) is another from a sample on."""

    state: str
    sample: int
    change: int


def sample_times(started: datetime, ended: datetime) -> list[datetime]:
    """The full hours of a range, and its end.

    A range that ends before it begins (it lies in the future) has no moments.

    Raises:
        InvalidRequest: It is longer than 31 days.
    """
    if ended < started:
        return []
    # A duration such as P31D was counted from the arrival of the request, a moment before now.
    if (ended - started) // SECOND > LONGEST // SECOND:
        raise InvalidRequest(f"started: must not be more than {LONGEST.days} days before ended.")
    hour = started.replace(minute=0, second=0, microsecond=0)
    hours = (hour + number * STEP for number in range((ended - hour) // STEP + 1))
    return [*(time for time in hours if started <= time < ended), ended]


def add_up(times: Sequence[datetime], steps: Iterable[LoadStep]) -> list[LoadSample]:
    """The samples of these times."""
    changes: dict[tuple[str, int], int] = {}
    for step in steps:
        changes[step.state, step.sample] = changes.get((step.state, step.sample), 0) + step.change
    totals = {"pending": 0, "queued": 0, "running": 0}
    samples = []
    for number, time in enumerate(times):
        totals = {state: total + changes.get((state, number), 0) for state, total in totals.items()}
        samples.append(LoadSample(time, totals["pending"], totals["queued"], totals["running"]))
    return samples
