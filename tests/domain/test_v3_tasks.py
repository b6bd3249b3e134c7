"""The steps of an execution in columns."""

from datetime import UTC, datetime
from typing import Any

from jobsvc.domain.v3.tasks import Step, Steps, steps

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 1, 1, 12, 0, 1, 500000, tzinfo=UTC)


def task(kind: str, **members: Any) -> dict[str, Any]:
    times = {"started": "2026-01-01T12:00:00Z", "ended": "2026-01-01T12:00:01.500000Z"}
    return {"type": kind, **times, "exit_code": 0, **members}


def test_a_running_execution_has_begun_its_job() -> None:
    assert steps(None, NOON) == Steps(Step(), Step(NOON), Step())


def test_an_attempt_that_waits_has_no_steps() -> None:
    assert steps(None, None) == Steps(Step(), Step(), Step())


def test_every_step_has_its_columns() -> None:
    results = {"tasks": [task("pull"), task("pre"), task("main", exit_code=3), task("post", exit_code=None)]}
    assert steps(results, NOON) == Steps(Step(NOON, LATER, 0), Step(NOON, LATER, 3), Step(NOON, LATER))


def test_steps_that_were_not_made_are_empty() -> None:
    assert steps({"version": "1.0", "tasks": []}, NOON) == Steps(Step(), Step(), Step())
    assert steps({}, NOON) == Steps(Step(), Step(), Step())


def test_what_was_imported_may_be_anything() -> None:
    result: list[Any] = [None, {}, "main", 7, [None, "main", {}]]
    for tasks in result:
        assert steps({"tasks": tasks}, NOON) == Steps(Step(), Step(), Step())
    for code in ("0", None, True, 1.5, [0]):
        assert steps({"tasks": [task("main", exit_code=code, started=7)]}, NOON).job == Step(None, LATER)


def test_times_that_cannot_be_read_are_left_out() -> None:
    assert steps({"tasks": [task("main", started="yesterday", ended=None)]}, NOON).job == Step(None, None, 0)
