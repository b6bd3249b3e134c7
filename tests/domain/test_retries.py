"""Waits before a job is tried again by itself."""

from datetime import timedelta

import pytest

from jobsvc.domain.jobs import JobState
from jobsvc.domain.outcome import Canceled, Failed, HandedBack, Lost, Outcome
from jobsvc.domain.retries import CAP, retry_delay
from jobsvc.domain.status import JobStatus

FIRST = timedelta(seconds=15)
FAILED = Failed("filesystem-io")


def job(num_exes: int, max_tries: int = 3, type_max_tries: int = 3, *, is_endless: bool = False) -> JobState:
    facts = (JobStatus.RUNNING, num_exes, max_tries, type_max_tries)
    return JobState(1, *facts, has_input=True, is_superseded=False, is_endless=is_endless)


def seconds(state: JobState, outcome: Outcome = FAILED, category: str | None = "SYSTEM", chance: float = 0) -> float:
    return retry_delay(state, outcome, category, FIRST, chance).total_seconds()


def test_each_try_waits_twice_as_long_as_the_last() -> None:
    assert [seconds(job(tries, 5, 5)) for tries in (1, 2, 3, 4)] == [15, 30, 60, 120]


def test_no_wait_is_longer_than_the_cap() -> None:
    assert seconds(job(50, 1000, 1000)) == CAP.total_seconds()
    assert retry_delay(job(5, 9, 9), FAILED, "SYSTEM", 2 * CAP, 0) == 2 * CAP


def test_chance_makes_a_wait_longer() -> None:
    assert seconds(job(1), chance=1) == 15 * 1.25


def test_tries_count_from_the_last_requeue() -> None:
    # Three tries were over when a user requeued it.
    assert [seconds(job(tries, 6)) for tries in (4, 5)] == [15, 30]
    # One was handed back by a worker that stopped.
    assert seconds(job(2, 4)) == 15
    # The type allows another number by now.
    assert seconds(job(1, 9)) == 15
    assert seconds(job(1, 3, 9)) == 15


def test_a_lost_node_is_no_reason_to_wait_at_first() -> None:
    assert [seconds(job(tries, 4, 4), Lost()) for tries in (1, 2, 3)] == [0, 15, 30]


@pytest.mark.parametrize("category", ["DATA", "ALGORITHM", None])
def test_errors_of_others_do_not_wait(category: str | None) -> None:
    assert seconds(job(1), category=category) == 0


def test_a_job_that_runs_for_ever_waits_as_at_first() -> None:
    assert [seconds(job(tries, is_endless=True), category="ALGORITHM") for tries in (1, 500)] == [15, 15]


@pytest.mark.parametrize("outcome", [HandedBack(), Canceled()])
def test_what_did_not_fail_does_not_wait(outcome: Outcome) -> None:
    assert seconds(job(1), outcome, None) == 0


def test_without_a_first_wait_there_is_none() -> None:
    assert retry_delay(job(3), FAILED, "SYSTEM", timedelta(0), 1) == timedelta(0)
