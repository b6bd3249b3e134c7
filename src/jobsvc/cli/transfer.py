"""`jobsvc import` and `jobsvc export`: they work on the database itself, not through the API."""

import asyncio
import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from jobsvc.cli import streams, terminal
from jobsvc.cli.codes import ExitCode
from jobsvc.cli.service import chosen_settings, problems_in_one_line

if TYPE_CHECKING:
    from jobsvc.db.transfer.importing import Imported
    from jobsvc.services.transfer import Report

FileName = Annotated[str, typer.Argument(metavar="FILE", help="JSON lines file, optionally compressed; `-` for stdin or stdout.")]


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command("import")(import_file)
    app.command("export")(export_file)
    app.command()(import_format)


def import_file(
    file: FileName,
    *,
    keep_running: Annotated[
        bool, typer.Option("--keep-running", help="Keep RUNNING executions instead of ending them as lost.")
    ] = False,
) -> None:
    """Import all rows of a file, or none."""
    started = time.monotonic()
    with problems_in_one_line(), _issues_by_line(), streams.source(file) as source, _bar(source) as report, _without_gc():
        imported = asyncio.run(_load(source.content, report, keep_running=keep_running))
    seconds = time.monotonic() - started
    changes = f"{_sum(imported, 'added')} added, {_sum(imported, 'changed')} changed, {_sum(imported, 'unchanged')} unchanged"
    print(f"{_sentence('imported', {name: item.rows for name, item in imported.items()}, seconds)}; {changes}")
    for error in (item for table in imported.values() for item in table.renumbered):
        of = f" of {error.job_type_name}" if error.job_type_name else ""
        print(f"error {error.provided} -> {error.id} ({error.name}{of})")


def export_file(
    file: FileName,
    *,
    logs: Annotated[bool, typer.Option("--logs", help="Include the log lines stored in PostgreSQL.")] = False,
) -> None:
    """Export all rows into a file that `jobsvc import` reads; compressed if its name ends in .gz."""
    started = time.monotonic()
    with problems_in_one_line(), streams.target(file) as target, terminal.live(terminal.err()) as say:
        counts = asyncio.run(_save(target, say, logs=logs))
    summary = _sentence("exported", counts, time.monotonic() - started)
    print(summary, file=sys.stderr if file == streams.STANDARD else sys.stdout)


def import_format() -> None:
    """Print the import format as Markdown."""
    from jobsvc.db.transfer.tables import FORMATS
    from jobsvc.domain.transfer import describe

    print(describe(FORMATS), end="")


async def _load(content: BinaryIO, report: "Report", *, keep_running: bool) -> "Mapping[str, Imported]":
    from jobsvc import opening, wiring

    async with opening.open_database(chosen_settings()) as database:
        return await wiring.transfer_service(database).load(content, report, keep_running=keep_running)


async def _save(target: BinaryIO, say: Callable[[str], None], *, logs: bool) -> Mapping[str, int]:
    from importlib import metadata

    from jobsvc import opening, wiring

    async with opening.open_database(chosen_settings()) as database:
        service = wiring.transfer_service(database)
        version = metadata.version("jobsvc")
        return await service.save(target, lambda progress: say(f"{progress.lines} rows"), version=version, logs=logs)


@contextmanager
def _bar(source: streams.Source) -> "Iterator[Report]":
    """A bar on a terminal: bytes of the file, or lines where it is a pipe."""
    console = terminal.err()
    if not console.is_terminal:
        yield lambda _progress: None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[lines]} lines"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading", total=source.size, lines=0)
        yield lambda now: progress.update(
            task,
            description="checking" if now.is_read else "reading",
            total=None if now.is_read else source.size,
            completed=source.position(),
            lines=now.lines,
        )


@contextmanager
def _issues_by_line() -> Iterator[None]:
    """Say what keeps a file from being imported, a problem a line."""
    from jobsvc.domain.transfer import MAX_ISSUES, ImportRefused

    try:
        yield
    except ImportRefused as refused:
        more = ", the first of them" if len(refused.issues) == MAX_ISSUES else ""
        typer.echo(f"jobsvc: nothing was imported, for these problems{more}:\n{refused}", err=True)
        raise typer.Exit(ExitCode.FAILED) from refused


@contextmanager
def _without_gc() -> Iterator[None]:
    """Reading makes millions of objects and no cycles among them: looking for some takes a quarter of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _sum(imported: "Mapping[str, Imported]", name: str) -> int:
    return sum(getattr(item, name) for item in imported.values())


def _sentence(done: str, counts: Mapping[str, int], seconds: float) -> str:
    """`imported 3 rows (job 2, node 1) in 1.20 s, 2 jobs/s`."""
    tables = ", ".join(f"{name} {count}" for name, count in counts.items())
    rate = f"{counts.get('job', 0) / seconds:.0f} jobs/s"
    return f"{done} {sum(counts.values())} rows ({tables or 'none'}) in {seconds:.2f} s, {rate}"
