"""Why a job does not run yet."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from jobsvc.domain.iso8601 import write_timestamp


class PendingReason(NamedTuple):
    """One reason: a name for programs, a sentence for people."""

    name: str
    description: str
    since: datetime | None = None
    """None where it is not known."""


class Place(NamedTuple):
    """Which one of the jobs of its engine that may run a job is, 1 for the next; at least that one where it is not exact."""

    number: int
    is_exact: bool


class Estimate(NamedTuple):
    """When a job will start, and how long it will run, by what jobs of its type did last: `runs` is how many.

    Half of them waited and ran no longer than `_p50` says, 95 of 100 no longer than `_p95`.
    """

    runs: int
    start_p50: datetime | None
    start_p95: datetime | None
    run_seconds_p50: float | None
    run_seconds_p95: float | None


class Pending(NamedTuple):
    """All that keeps a job from running at a moment."""

    reasons: tuple[PendingReason, ...]
    place: Place | None = None
    estimate: Estimate | None = None


class PendingFacts(NamedTuple):
    """What bears on whether a job runs: `running` of at most `max_scheduled` of its type; `waits_for` is said by its engine.

    `unmet` are the resources that the node lacks which has most of what the job needs.
    `retry_at` is when a retry may begin that the limits of its type hold, `held_for` the error for which their breaker is open.
    `left_at` is the place of a run that no worker looks after, `left_since` when its lease ran out (None: it was handed over).
    """

    is_queued: bool
    engine: str
    is_scheduler_paused: bool
    scheduler_changed: datetime | None
    is_type_paused: bool
    type_paused: datetime | None
    max_scheduled: int | None
    running: int
    full_since: datetime | None
    has_workers: bool
    is_served: bool
    is_served_now: bool
    nodes_changed: datetime | None
    not_before: datetime | None
    waits_for: str | None
    has_lease: bool
    unmet: Sequence[str] | None = None
    left_at: str | None = None
    left_since: datetime | None = None
    retry_at: datetime | None = None
    held_for: str | None = None


def pending_reasons(facts: PendingFacts, queued: datetime | None) -> tuple[PendingReason, ...]:
    """All reasons at this moment, for a job that waits since `queued`; one that only waits for its turn has that one."""
    if facts.left_at is not None:
        return (_left(facts.left_at, facts.left_since),)
    if facts.has_lease or not facts.is_queued:
        return (PendingReason("engine", f"{facts.engine}: {facts.waits_for}"),) if facts.waits_for else ()
    return tuple(_reasons(facts, queued)) or (PendingReason("turn", "Others come first, or it starts within a second.", queued),)


def _held(error: str | None, since: datetime) -> PendingReason:
    if error is None:
        text = "As many retries of its type go on as the budget of its retry policy allows: it follows."
        return PendingReason("retry-budget", text, since)
    text = f"The breaker of its type holds retries back, while most of its jobs fail with {error}."
    return PendingReason("retry-breaker", text, since)


def _left(place: str, since: datetime | None) -> PendingReason:
    ago = f" since {write_timestamp(since)}" if since else ""
    help_ = "a worker with that engine and the same JOBSVC_DATA_DIR takes it over; or cancel the job"
    return PendingReason("place-not-served", f"Its run was begun, and no worker serves its place {place}{ago}: {help_}.", since)


def _reasons(facts: PendingFacts, queued: datetime | None) -> Iterator[PendingReason]:
    if facts.is_scheduler_paused:
        yield PendingReason(
            "scheduler-paused", "The scheduler is paused: nothing starts until it is resumed.", facts.scheduler_changed
        )
    if facts.is_type_paused:
        yield PendingReason("job-type-paused", "The job type is paused.", facts.type_paused)
    if facts.max_scheduled is not None and facts.running >= facts.max_scheduled:
        text = f"{facts.running} jobs of the type run, and no more may at a time."
        yield PendingReason("job-type-full", text, facts.full_since)
    if facts.not_before is not None:
        yield PendingReason("not-before", f"It waits until {write_timestamp(facts.not_before)}.", queued)
    elif facts.retry_at is not None:
        yield _held(facts.held_for, facts.retry_at)
    if not facts.has_workers:
        yield PendingReason("no-worker", "No worker runs: start one with `jobsvc worker`.")
    elif not facts.is_served:
        yield PendingReason("engine-not-served", f"No worker serves the engine {facts.engine} (JOBSVC_ENGINES).")
    elif facts.unmet:
        names = ", ".join(facts.unmet)
        yield PendingReason(
            "resources", f"No node that serves the engine {facts.engine} has enough {names} for this job and its input."
        )
    elif not facts.is_served_now:
        text = f"All nodes whose workers serve the engine {facts.engine} are paused."
        yield PendingReason("nodes-paused", text, facts.nodes_changed)
