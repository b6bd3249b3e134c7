"""How bulk operations are shown: the preview, the question, the bar, the result."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from jobsvc.cli import terminal
from jobsvc.cli.codes import ExitCode, UsageProblem
from jobsvc.client import Client
from jobsvc.client.models import BulkOperation, BulkPreview
from jobsvc.client.queries import JobSelection


def agree(preview: BulkPreview, verb: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Show what would be done, and end here unless it is to be done."""
    if dry_run and as_json:
        terminal.print_json(preview)
    else:
        console = terminal.out() if dry_run else terminal.err()
        console.print(f"would {verb} {counted(preview['eligible'])} of {preview['matched']} selected")
        for line in _counts(preview):
            console.print(f"  {line}")
    if dry_run:
        raise typer.Exit
    if not preview["eligible"]:
        raise typer.Exit(ExitCode.FAILED)
    if not (yes or _asked(f"{verb} {counted(preview['eligible'])}?")):
        raise typer.Exit(ExitCode.INTERRUPTED)


def counted(number: int) -> str:
    """`1 job`, `12 jobs`."""
    return f"{number} job{'' if number == 1 else 's'}"


def jobs(chosen: JobSelection) -> str:
    """A description of what was selected."""
    return counted(len(chosen["job_ids"])) if "job_ids" in chosen else "the selected jobs"


def address(client: Client, operation_id: int) -> str:
    """Where an operation can be looked at."""
    return f"{client.url}/v6/bulk-operations/{operation_id}/"


def summary(operation: BulkOperation, asked: int, done: str) -> str:
    """What became of the jobs."""
    unknown = asked - operation["processed"]
    parts = [
        f"{operation['done']} of {counted(asked)} {done}",
        f"{operation['not_eligible']} not in a status for it" if operation["not_eligible"] else "",
        f"{operation['conflict']} changed meanwhile" if operation["conflict"] else "",
        f"{operation['error']} could not be changed" if operation["error"] else "",
        f"{unknown} unknown" if unknown > 0 else "",
    ]
    return "; ".join(filter(None, parts))


def until_done(client: Client, operation_id: int) -> BulkOperation:
    """The operation when it is done; until then a terminal shows how far it is."""
    with progress(terminal.watched()) as show:
        for operation in client.bulk.watch(operation_id):
            show(operation)
    return operation


@contextmanager
def progress(console: Console) -> Iterator[Callable[[BulkOperation], None]]:
    """A bar as long as the block lasts, on terminals only; yields the function that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=None)

        def show(operation: BulkOperation) -> None:
            bar.update(task, description=operation["state"], completed=operation["processed"], total=operation["matched"])

        yield show


def _counts(preview: BulkPreview) -> list[str]:
    statuses = [f"{count} {status}" for status, count in sorted(preview["by_status"].items())]
    types = [f"{item['count']} {item['job_type']['name']}:{item['job_type']['version']}" for item in preview["by_job_type"]]
    return [", ".join(line) for line in (statuses, types) if line]


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageProblem("jobs selected by a filter are changed only with --yes, or after a confirmation in a terminal")
    return typer.confirm(question, err=True)
