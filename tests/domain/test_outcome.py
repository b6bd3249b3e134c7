"""Outcomes: a closed set of values that can be compared."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import get_args

import pytest

from jobsvc.domain.outcome import (
    Canceled,
    CapturedFile,
    CapturedOutput,
    Completed,
    Failed,
    HandedBack,
    Lost,
    Outcome,
    TaskTimes,
)

CAPTURED = CapturedOutput((CapturedFile("OUT", Path("scratch/a.txt"), "a.txt", "text/plain"),), {"N": 1})
EVERY = [Completed(CAPTURED), Failed("timeout"), Canceled(), HandedBack(), Lost()]


def test_these_are_all_ways_to_end() -> None:
    assert {type(outcome) for outcome in EVERY} == set(get_args(Outcome))


@pytest.mark.parametrize("outcome", EVERY[:-1])
def test_a_process_that_never_ran_has_no_times(outcome: Completed | Failed | Canceled | HandedBack) -> None:
    assert outcome.times == TaskTimes(None, None)


@pytest.mark.parametrize("outcome", EVERY[:-1])
def test_what_happened_cannot_be_changed(outcome: Outcome) -> None:
    with pytest.raises(FrozenInstanceError):
        outcome.times = TaskTimes()  # type: ignore[union-attr, misc]


def test_outputs_of_two_executions_do_not_share_their_values() -> None:
    assert CapturedOutput() == CapturedOutput()
    assert CapturedOutput().json is not CapturedOutput().json


def test_what_is_completed_has_ended_with_0() -> None:
    assert Completed(CapturedOutput()).exit_code == 0
