"""Why a job does not run yet."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jobsvc.domain.dependencies import Parent, parents_of, waiting_reasons, waiting_status
from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.pending import PendingFacts, pending_reasons
from jobsvc.domain.status import JobStatus

QUEUED = datetime(2026, 1, 1, tzinfo=UTC)


def at(hour: int) -> datetime:
    """An hour of the day."""
    return datetime(2026, 1, 1, hour, tzinfo=UTC)


FREE = PendingFacts(
    is_queued=True,
    engine="docker",
    is_scheduler_paused=False,
    scheduler_changed=at(1),
    is_type_paused=False,
    type_paused=at(2),
    max_scheduled=None,
    running=0,
    full_since=at(3),
    has_workers=True,
    is_served=True,
    is_served_now=True,
    nodes_changed=at(4),
    not_before=None,
    waits_for=None,
    has_lease=False,
)


@pytest.mark.parametrize(
    ("facts", "names"),
    [
        ({}, ["turn"]),
        ({"is_scheduler_paused": True}, ["scheduler-paused"]),
        ({"is_type_paused": True, "max_scheduled": 2, "running": 1}, ["job-type-paused"]),
        ({"max_scheduled": 2, "running": 2}, ["job-type-full"]),
        ({"max_scheduled": 0}, ["job-type-full"]),
        ({"not_before": datetime(2026, 1, 1, tzinfo=UTC)}, ["not-before"]),
        ({"retry_at": QUEUED}, ["retry-budget"]),
        ({"retry_at": QUEUED, "held_for": "bad-image"}, ["retry-breaker"]),
        ({"retry_at": QUEUED, "not_before": QUEUED}, ["not-before"]),
        ({"has_workers": False, "is_served": False, "is_served_now": False}, ["no-worker"]),
        ({"is_served": False, "is_served_now": False}, ["engine-not-served"]),
        ({"is_served_now": False, "is_scheduler_paused": True}, ["scheduler-paused", "nodes-paused"]),
        ({"unmet": ["gpus"], "is_served_now": False}, ["resources"]),
        ({"unmet": ["gpus"], "is_served": False}, ["engine-not-served"]),
        ({"unmet": []}, ["turn"]),
        ({"has_lease": True, "waits_for": "Resources", "is_scheduler_paused": True}, ["engine"]),
        ({"has_lease": True}, []),
        ({"is_queued": False}, []),
        ({"has_lease": True, "is_queued": False, "left_at": "slurm@x"}, ["place-not-served"]),
        ({"has_lease": True, "left_at": "slurm@x", "waits_for": "Resources"}, ["place-not-served"]),
    ],
)
def test_all_reasons_are_given(facts: dict[str, Any], names: list[str]) -> None:
    assert [reason.name for reason in pending_reasons(FREE._replace(**facts), QUEUED)] == names


def test_a_reason_says_what_it_is_about() -> None:
    (reason,) = pending_reasons(FREE._replace(is_served=False), QUEUED)
    assert reason.description == "No worker serves the engine docker (JOBSVC_ENGINES)."
    (reason,) = pending_reasons(FREE._replace(unmet=["cpus", "mem"]), QUEUED)
    assert reason.description == "No node that serves the engine docker has enough cpus, mem for this job and its input."
    (reason,) = pending_reasons(FREE._replace(has_lease=True, waits_for="Priority"), QUEUED)
    assert reason.description == "docker: Priority"
    left = FREE._replace(has_lease=True, left_at="slurm@x")
    (reason,) = pending_reasons(left, QUEUED)
    assert "no worker serves its place slurm@x: " in reason.description
    (reason,) = pending_reasons(left._replace(left_since=datetime(2026, 1, 1, tzinfo=UTC)), QUEUED)
    assert "no worker serves its place slurm@x since 2026-01-01T00:00:00Z: " in reason.description


@pytest.mark.parametrize(
    ("facts", "since"),
    [
        ({}, QUEUED),
        ({"is_scheduler_paused": True}, at(1)),
        ({"is_type_paused": True}, at(2)),
        ({"max_scheduled": 1, "running": 1}, at(3)),
        ({"is_served_now": False}, at(4)),
        ({"not_before": at(9)}, QUEUED),
        ({"has_workers": False}, None),
        ({"left_at": "slurm@x", "left_since": at(5)}, at(5)),
    ],
)
def test_a_reason_says_since_when(facts: dict[str, Any], since: datetime | None) -> None:
    (reason,) = pending_reasons(FREE._replace(**facts), QUEUED)
    assert reason.since == since


@pytest.mark.parametrize(
    ("parents", "reasons"),
    [
        ([Parent(1, JobStatus.COMPLETED), Parent(2, None, is_met=True)], []),
        ([Parent(1, JobStatus.RUNNING)], ["It starts after job 1 (RUNNING)."]),
        (
            [Parent(1, JobStatus.FAILED), Parent(2, None), Parent(3, JobStatus.QUEUED)],
            [
                "jobs 1 (FAILED), 2 (removed) will not complete: requeue what failed or was canceled, or cancel this job.",
                "It starts after job 3 (QUEUED).",
            ],
        ),
        (
            [Parent(number, JobStatus.QUEUED) for number in range(1, 13)],
            [f"It starts after jobs {', '.join(f'{number} (QUEUED)' for number in range(1, 11))} and 2 more."],
        ),
    ],
)
def test_what_a_job_waits_for_that_starts_after_others(parents: list[Parent], reasons: list[str]) -> None:
    waiting = waiting_reasons(parents, QUEUED)
    assert [reason.description for reason in waiting] == reasons
    assert {reason.since for reason in waiting} <= {QUEUED}


def test_parents_are_named_once_and_have_to_be_there() -> None:
    known = [Parent(1, JobStatus.QUEUED), Parent(2, JobStatus.COMPLETED)]
    assert parents_of([2, 1, 2], known) == (known[1], known[0])
    with pytest.raises(InvalidRequest, match="no job 3"):
        parents_of([3], known)
    with pytest.raises(InvalidRequest, match="more than 1,000"):
        parents_of(range(1001), known)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([], JobStatus.QUEUED),
        (["COMPLETED"], JobStatus.QUEUED),
        (["COMPLETED", "RUNNING"], JobStatus.PENDING),
        (["PENDING", "CANCELED"], JobStatus.BLOCKED),
        (["BLOCKED"], JobStatus.BLOCKED),
    ],
)
def test_what_parents_mean(statuses: list[str], status: JobStatus) -> None:
    assert waiting_status([Parent(1, JobStatus(item)) for item in statuses]) is status
    assert waiting_status([Parent(1, None)]) is JobStatus.BLOCKED
