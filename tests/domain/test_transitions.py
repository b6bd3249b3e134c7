"""Which status follows which.

See docs/spec/behaviour/cancel-and-requeue.md, docs/spec/behaviour/status.md, docs/spec/decisions.md#requeue-eligibility and
docs/spec/behaviour/running.md#figures.
"""

from dataclasses import replace

import pytest

from jobsvc.domain import transitions
from jobsvc.domain.jobs import JobState
from jobsvc.domain.status import CANCELABLE, JobStatus
from jobsvc.domain.transitions import Cancel, Close, Enqueue, Leave, TransitionRejected, Uncancel

PENDING, BLOCKED, QUEUED, RUNNING, FAILED, COMPLETED, CANCELED = JobStatus
WAITING = (PENDING, BLOCKED)
UNDER_WAY = (QUEUED, RUNNING)
OVER = (FAILED, COMPLETED, CANCELED)
SUPERSEDED = {"is_superseded": True}
NO_INPUT = {"has_input": False}

NEXT = Enqueue(1, exe_num=2, max_tries=4)
AGAIN = Enqueue(1, exe_num=2, max_tries=3)
FIRST = Enqueue(1, exe_num=1, max_tries=3)
NOTHING = Leave(1)


def job(status: JobStatus, num_exes: int = 1, **facts: object) -> JobState:
    """Job 1: a job with input that may be tried three times."""
    state = JobState(1, status, num_exes, max_tries=3, type_max_tries=3, has_input=True, is_superseded=False)
    return replace(state, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize("facts", [{}, SUPERSEDED, NO_INPUT])
@pytest.mark.parametrize("num_exes", [0, 1])
@pytest.mark.parametrize("status", JobStatus)
def test_cancel(status: JobStatus, num_exes: int, facts: dict[str, bool]) -> None:
    expected = TransitionRejected(1, f"The job is {status}.") if status in {COMPLETED, CANCELED} else Cancel(1)
    assert transitions.cancel(job(status, num_exes, **facts)) == expected


def test_all_but_completed_and_canceled_jobs_can_be_canceled() -> None:
    assert set(CANCELABLE) == {PENDING, BLOCKED, QUEUED, RUNNING, FAILED}


@pytest.mark.parametrize(
    ("status", "num_exes", "facts", "expected"),
    [
        (FAILED, 1, {}, NEXT),
        (CANCELED, 1, {}, NEXT),
        (CANCELED, 1, {"type_max_tries": 5}, Enqueue(1, exe_num=2, max_tries=6)),
        (CANCELED, 0, {}, Uncancel(1)),
        (CANCELED, 0, NO_INPUT, Uncancel(1)),
        (CANCELED, 0, SUPERSEDED, Uncancel(1)),
        (FAILED, 1, NO_INPUT, TransitionRejected(1, "The job has no input.")),
        (CANCELED, 1, NO_INPUT, TransitionRejected(1, "The job has no input.")),
        (FAILED, 1, SUPERSEDED, TransitionRejected(1, "The job is superseded.")),
        (CANCELED, 1, SUPERSEDED, TransitionRejected(1, "The job is superseded.")),
    ],
)
def test_requeue(status: JobStatus, num_exes: int, facts: dict[str, bool], expected: object) -> None:
    assert transitions.requeue(job(status, num_exes, **facts)) == expected


@pytest.mark.parametrize("num_exes", [0, 1])
@pytest.mark.parametrize("status", [PENDING, BLOCKED, QUEUED, RUNNING, COMPLETED])
def test_requeue_leaves_jobs_alone_that_neither_failed_nor_were_canceled(status: JobStatus, num_exes: int) -> None:
    refused = transitions.requeue(job(status, num_exes))
    assert refused == TransitionRejected(1, f"The job is {status}; only FAILED and CANCELED jobs can be requeued.")


@pytest.mark.parametrize("facts", [{}, SUPERSEDED, NO_INPUT])
@pytest.mark.parametrize("num_exes", [0, 1])
@pytest.mark.parametrize("status", JobStatus)
def test_only_a_job_that_waits_for_its_first_attempt_is_enqueued(
    status: JobStatus, num_exes: int, facts: dict[str, bool]
) -> None:
    ready = status in WAITING and num_exes == 0 and not facts
    refusal = TransitionRejected(1, "The job does not wait for its first attempt.")
    assert transitions.enqueue(job(status, num_exes, **facts)) == (FIRST if ready else refusal)


def failed(state: JobState, exe_num: int) -> Close | Enqueue | Leave:
    return transitions.fail(state, exe_num, should_be_retried=False)


def failed_for_now(state: JobState, exe_num: int) -> Close | Enqueue | Leave:
    return transitions.fail(state, exe_num, should_be_retried=True)


ENDS = [transitions.complete, failed, failed_for_now, transitions.hand_back, transitions.stopped]
"""Every way in which the end of an execution is told to its job."""


@pytest.mark.parametrize("status", UNDER_WAY)
@pytest.mark.parametrize(
    ("end", "facts", "expected"),
    [
        (transitions.complete, {}, Close(1, COMPLETED)),
        (transitions.complete, SUPERSEDED, Close(1, COMPLETED)),
        (transitions.complete, {"is_endless": True}, Close(1, COMPLETED)),
        (transitions.stopped, {}, Close(1, CANCELED)),
        (transitions.hand_back, {}, NEXT),
        (transitions.hand_back, SUPERSEDED, Close(1, CANCELED)),
        (failed, {}, Close(1, FAILED)),
        (failed, {"is_endless": True}, AGAIN),
        (failed, SUPERSEDED | {"is_endless": True}, Close(1, FAILED)),
        (failed_for_now, {}, AGAIN),
        (failed_for_now, {"max_tries": 2}, replace(AGAIN, max_tries=2)),
        (failed_for_now, {"max_tries": 1}, Close(1, FAILED)),
        (failed_for_now, {"max_tries": 1, "is_endless": True}, replace(AGAIN, max_tries=1)),
        (failed_for_now, SUPERSEDED, Close(1, FAILED)),
    ],
)
def test_the_end_of_the_current_attempt(status: JobStatus, end: object, facts: dict[str, bool], expected: object) -> None:
    assert callable(end)
    assert end(job(status, **facts), 1) == expected


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("status", [*WAITING, *OVER])
def test_the_end_of_an_attempt_changes_no_job_that_is_over_or_was_sent_back(status: JobStatus, end: object) -> None:
    assert callable(end)
    assert end(job(status), 1) == NOTHING


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("status", UNDER_WAY)
def test_the_end_of_an_earlier_attempt_does_not_touch_the_current_one(status: JobStatus, end: object) -> None:
    assert callable(end)
    assert end(job(status, num_exes=2), 1) == NOTHING


def queued(state: JobState, change: object) -> JobState:
    """The job after it was queued, and claimed."""
    assert isinstance(change, Enqueue)
    return replace(state, status=RUNNING, num_exes=change.exe_num, max_tries=change.max_tries)


def closed(state: JobState, change: object) -> JobState:
    assert isinstance(change, Close)
    return replace(state, status=change.status)


def numbers(state: JobState) -> tuple[JobStatus, int, int]:
    return state.status, state.num_exes, state.max_tries


def test_a_job_of_two_tries_fails_is_requeued_and_fails_for_good() -> None:
    state = replace(job(PENDING, 0), max_tries=2, type_max_tries=2)
    state = queued(state, transitions.enqueue(state))
    state = queued(state, failed_for_now(state, 1))
    state = closed(state, failed_for_now(state, 2))
    assert numbers(state) == (FAILED, 2, 2)
    state = queued(state, transitions.requeue(state))
    assert numbers(state) == (RUNNING, 3, 4)
    state = closed(state, failed(state, 3))
    assert numbers(state) == (FAILED, 3, 4)
    assert transitions.requeue(state) == Enqueue(1, exe_num=4, max_tries=5)


def test_an_attempt_that_was_handed_back_does_not_count() -> None:
    state = replace(job(PENDING, 0), max_tries=1)
    state = queued(state, transitions.enqueue(state))
    state = queued(state, transitions.hand_back(state, 1))
    assert numbers(state) == (RUNNING, 2, 2)
    assert failed_for_now(state, 2) == Close(1, FAILED)


def test_an_endless_job_is_started_again_after_every_failure() -> None:
    state = replace(job(RUNNING), max_tries=1, is_endless=True)
    for exe_num in range(1, 5):
        state = queued(state, failed(state, exe_num))
    assert numbers(state) == (RUNNING, 5, 1)
