"""`jobsvc submit-many`: the jobs of a file with one a line."""

import contextlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Annotated, BinaryIO, cast

import typer

from jobsvc.cli import arguments, terminal
from jobsvc.cli.codes import ExitCode, UsageProblem
from jobsvc.cli.options import NewLabels
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.errors import ApiError
from jobsvc.client.models import NewJob

MOST_JOBS, MOST_BYTES = 5000, 4 * 2**20
"""Of one request."""


@dataclass
class Part:
    """Jobs of one request, with the numbers of their lines, and the labels of all jobs."""

    labels: dict[str, str]
    jobs: list[NewJob] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    size: int = 0

    def is_full(self, line: bytes) -> bool:
        """Whether a line is for the next request."""
        return len(self.jobs) == MOST_JOBS or (bool(self.jobs) and self.size + len(line) > MOST_BYTES)

    def add(self, number: int, job: NewJob, size: int) -> None:
        """Take a job."""
        self.jobs.append(job)
        self.numbers.append(number)
        self.size += size


@dataclass
class Report:
    """What became of all lines so far."""

    quiet: bool
    made: int = 0
    refused: int = 0

    def refuse(self, number: int, detail: str) -> None:
        """Say why a line is no job."""
        self.refused += 1
        terminal.err().print(f"line {number}: {detail}", markup=False, soft_wrap=True)

    def make(self, job_id: int) -> None:
        """Count a job, and print its id for who reads ids alone."""
        self.made += 1
        if self.quiet:
            print(job_id)


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(submit_many)


def submit_many(
    context: typer.Context,
    path: Annotated[str, typer.Argument(metavar="FILE", help="A job a line, as POST /v6/jobs/ takes it; - is standard input.")],
    *,
    job_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE[:VERSION]", help="Job type of the lines that have no job_type_id.")
    ] = None,
    label: NewLabels = None,
    is_atomic: Annotated[bool, typer.Option("--atomic", help="All of the jobs or none; 5,000 at most.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the ids.")] = False,
) -> None:
    """Queue many jobs; what is refused is said line by line.

    The exit code is 1 when not all of the jobs were made.
    """
    report = Report(quiet)
    with _opened(path) as file, connect(context) as client:
        type_id = client.job_types.get(*arguments.type_reference(job_type))["id"] if job_type else None
        labels = dict(arguments.pair(text, "--label") for text in label or [])
        parts = _parts(file, type_id, labels, report)
        if is_atomic:
            _send_all(client, list(parts), report)
        else:
            for part in parts:
                _send(client, part, report)
    if not quiet:
        print(f"{report.made} jobs queued, {report.refused} refused.")
    if report.refused:
        raise typer.Exit(ExitCode.FAILED)


def _send(client: Client, part: Part, report: Report) -> None:
    answer = client.jobs.submit_many(part.jobs, valid_only=True, labels=part.labels)
    for number, result in zip(part.numbers, answer["results"], strict=True):
        if result["id"] is not None:
            report.make(result["id"])
        elif result["error"] is not None:
            report.refuse(number, result["error"]["detail"])
    sys.stdout.flush()


def _send_all(client: Client, parts: list[Part], report: Report) -> None:
    """Make all of the jobs, or none."""
    if len(parts) > 1:
        raise UsageProblem(f"--atomic: the lines do not fit in one request ({MOST_JOBS} jobs, {MOST_BYTES >> 20} MiB)")
    if report.refused or not parts:
        return
    [part] = parts
    try:
        created = client.jobs.submit_many(part.jobs, labels=part.labels)
    except ApiError as exc:
        raise UsageProblem(f"{exc.detail} (jobs[0] is line {part.numbers[0]}.)") from exc
    for result in created["results"]:
        report.make(result["id"] or 0)


def _parts(file: Iterable[bytes], type_id: int | None, labels: dict[str, str], report: Report) -> Iterator[Part]:
    part = Part(labels)
    for number, line in enumerate(file, start=1):
        job = _job(line, type_id, number, report)
        if job is None:
            continue
        if part.is_full(line):
            yield part
            part = Part(labels)
        part.add(number, job, len(line))
    if part.jobs:
        yield part


def _job(line: bytes, type_id: int | None, number: int, report: Report) -> NewJob | None:
    """The job of a line; None for an empty line, and for one that is refused."""
    if not line.strip():
        return None
    try:
        document = arguments.read_json(line)
    except ValueError as exc:
        report.refuse(number, f"is not JSON: {exc}")
        return None
    if not isinstance(document, dict):
        report.refuse(number, "must be a JSON object")
        return None
    return cast("NewJob", {"job_type_id": type_id, **document} if type_id is not None else document)


def _opened(path: str) -> AbstractContextManager[BinaryIO]:
    if path == arguments.STDIN:
        return contextlib.nullcontext(sys.stdin.buffer)
    try:
        return open(path, "rb")  # noqa: PTH123 - the caller closes it
    except OSError as exc:
        raise UsageProblem(f"{path}: {exc.strerror}") from exc
