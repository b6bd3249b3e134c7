"""Which jobs a bulk command is about: ids, filters, or both."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from jobsvc.cli import arguments
from jobsvc.cli.codes import UsageProblem
from jobsvc.client.models import JobSelection
from jobsvc.domain.status import ErrorCategory, JobStatus

TIME = "ISO-8601 time, or duration before now such as PT1H."


def _words(choices: type[StrEnum]) -> str:
    return ", ".join(choices)


Statuses = Annotated[
    list[JobStatus] | None,
    typer.Option(
        "--status", "-s", metavar="S", case_sensitive=False, help=f"Only jobs with this status: {_words(JobStatus)} (repeatable)."
    ),
]
Types = Annotated[list[str] | None, typer.Option("--type", "-t", help="Only job types with this name (repeatable).")]
Started = Annotated[str | None, typer.Option(metavar="T", help=f"Changed at T or later: {TIME}")]
Ended = Annotated[str | None, typer.Option(metavar="T", help="Changed at T or earlier.")]
Categories = Annotated[
    list[ErrorCategory] | None,
    typer.Option(
        metavar="C", case_sensitive=False, help=f"Failed with an error of this category: {_words(ErrorCategory)} (repeatable)."
    ),
]
Batches = Annotated[list[int] | None, typer.Option("--batch", metavar="ID", help="Only jobs of this batch (repeatable).")]
Recipes = Annotated[list[int] | None, typer.Option("--recipe", metavar="ID", help="Only jobs of this recipe (repeatable).")]
Everything = Annotated[bool, typer.Option("--all", help="All jobs.")]


def read(  # noqa: PLR0917 (the options in the order in which both commands have them)
    job_ids: Sequence[str] | None,
    status: list[JobStatus] | None,
    job_type: list[str] | None,
    started: str | None,
    ended: str | None,
    error_category: list[ErrorCategory] | None,
    batch: list[int] | None,
    recipe: list[int] | None,
    *,
    everything: bool,
) -> JobSelection:
    """The selection; ids come from standard input for `-`, and when nothing at all is given in a pipe."""
    filters = {
        "status": status,
        "job_type_names": job_type,
        "started": started,
        "ended": ended,
        "error_categories": error_category,
        "batch_ids": batch,
        "recipe_ids": recipe,
    }
    chosen: JobSelection = {name: value for name, value in filters.items() if value}  # type: ignore[assignment]
    if everything:
        if chosen or job_ids:
            raise UsageProblem("--all selects every job and cannot be combined with ids or filters")
    elif job_ids or not chosen:
        chosen["job_ids"] = arguments.job_ids(job_ids or [])
    return chosen


def needs_preview(chosen: JobSelection) -> bool:
    """Whether somebody may not know how many jobs are meant: whoever names ids does."""
    return set(chosen) != {"job_ids"}
