"""The steps of an execution in the columns that the older generation has for them (document 000)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.instants import parse_timestamp
from jobsvc.domain.views import Document


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
    """The steps that the task results tell of; one that still runs has begun with its execution, at `started`."""
    if task_results is None:
        return Steps(Step(), Step(started), Step())
    tasks: Sequence[Mapping[str, Any]] = task_results.get("tasks", ())
    by_type = {task.get("type"): _step(task) for task in tasks}
    return Steps(by_type.get("pre", Step()), by_type.get("main", Step()), by_type.get("post", Step()))


def _step(task: Mapping[str, Any]) -> Step:
    return Step(_instant(task.get("started")), _instant(task.get("ended")), task.get("exit_code"))


def _instant(text: str | None) -> datetime | None:
    # Task results that were imported hold what their system wrote.
    try:
        return parse_timestamp(text) if text else None
    except InvalidRequest:
        return None
