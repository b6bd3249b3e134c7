"""Which events are shown, and up to where."""

from datetime import UTC, datetime
from typing import Any

import pytest

from jobsvc.domain.change_events import ChangeEvent, EventFilter, EventHorizon, Horizon

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def event(**members: Any) -> ChangeEvent:
    values: dict[str, Any] = dict.fromkeys(ChangeEvent._fields)
    return ChangeEvent(**(values | {"seq": 1, "time": NOW, "type": "job.queued", "data": {}} | members))


EVENT = event(job_id=1, job_type_name="a", batch_id=2)


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({}, True),
        ({"types": {"job.queued", "job.failed"}}, True),
        ({"types": {"job.failed"}}, False),
        ({"job_type_names": {"a"}, "batch_ids": {2}, "job_ids": {1}}, True),
        ({"job_type_names": {"b"}}, False),
        ({"batch_ids": {3}}, False),
        ({"job_ids": {2}}, False),
        ({"job_ids": set()}, False),
    ],
)
def test_what_a_filter_selects(criteria: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    assert EventFilter(**criteria).selects(EVENT) is expected


def test_an_event_without_a_subject_fits_no_filter_of_it() -> None:
    assert not EventFilter(job_ids=frozenset({1})).selects(event())


def look(horizon: EventHorizon, last: int, writers: str = "") -> int:
    return horizon.note(Horizon(last, frozenset(writers)))


def test_nothing_is_decided_while_somebody_writes() -> None:
    horizon = EventHorizon()
    assert look(horizon, 5, "a") == 0
    assert look(horizon, 7, "b") == 5
    assert not horizon.is_settled
    assert look(horizon, 7) == 7
    assert horizon.is_settled


def test_those_who_come_later_hold_up_nothing_that_was_there_before() -> None:
    horizon = EventHorizon()
    assert [look(horizon, *step) for step in ((1, "a"), (2, "ab"), (3, "bc"), (4, "cd"), (5, "de"))] == [0, 0, 1, 2, 3]


def test_a_long_transaction_makes_no_long_list() -> None:
    horizon = EventHorizon()
    for last in range(1, 1000):
        look(horizon, last, "a")
    assert len(horizon._open) == 1
    assert look(horizon, 1000, "b") == 999


def test_a_sequence_that_went_back_is_that_of_another_state() -> None:
    horizon = EventHorizon()
    look(horizon, 9, "a")
    assert look(horizon, 3, "a") == 0
    assert look(horizon, 3) == 3
