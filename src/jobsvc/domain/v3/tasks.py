"""The steps of an execution in the columns that the older generation has for them (docs/spec/services/README.md#v3)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import parse_timestamp
from jobsvc.domain.records import Document


class Step(NamedTuple):
    """When a step ran and how it ended; all None of one that was not made."""

    started: datetime | None = None
    completed: datetime | None = None
    exit_code: int | None = None


class Steps(NamedTuple):
    """Before the job itself, the job, and behind it."""

    pre: Step
    job: Step
    post: Step


def steps(task_results: Document | None, started: datetime | None) -> Steps:
    """The steps in the task results; one that still runs has begun with its execution, at `started`."""
    if task_results is None:
        return Steps(Step(), Step(started), Step())
    tasks = task_results.get("tasks")
    listed = tasks if isinstance(tasks, list) else []
    by_type = {str(task.get("type")): _step(task) for task in listed if isinstance(task, dict)}
    return Steps(by_type.get("pre", Step()), by_type.get("main", Step()), by_type.get("post", Step()))


def _step(task: Mapping[str, Any]) -> Step:
    code = task.get("exit_code")
    is_code = isinstance(code, int) and not isinstance(code, bool)
    return Step(_instant(task.get("started")), _instant(task.get("ended")), code if is_code else None)


def _instant(text: object) -> datetime | None:
    # Task results that were imported hold what their system wrote.
    try:
        return parse_timestamp(text) if isinstance(text, str) else None
    except InvalidRequest:
        return None
