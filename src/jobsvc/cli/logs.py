"""`jobsvc logs`."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from jobsvc.cli import terminal, watch
from jobsvc.cli.codes import UsageProblem
from jobsvc.cli.options import JobId
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.models import LogLine, Stream


class StreamName(StrEnum):
    """Which output of the job."""

    STDOUT = "stdout"
    STDERR = "stderr"
    COMBINED = "combined"


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(logs)


def logs(
    context: typer.Context,
    job_id: JobId,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for lines until the job is final.")] = False,
    exe: Annotated[int | None, typer.Option(metavar="N", help="Only execution number N; default: the latest.", min=1)] = None,
    stream: Annotated[StreamName, typer.Option(help="Which output stream.")] = StreamName.COMBINED,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Print the log of a job; -f follows it."""
    name: Stream = stream.value
    with connect(context) as client:
        if as_json:
            _print_json(client, job_id, name, exe, follow=follow)
        elif follow:
            watch.follow(client, job_id, name, exe)
        else:
            watch.print_lines(terminal.out(), client.logs.lines(_execution_id(client, job_id, exe), name))


def _print_json(client: Client, job_id: int, stream: Stream, exe: int | None, *, follow: bool) -> None:
    lines: Iterator[LogLine]
    if follow:
        lines = (line for update in client.logs.follow(job_id, stream, exe) for line in update.lines)
    else:
        lines = client.logs.lines(_execution_id(client, job_id, exe), stream)
    for line in lines:
        print(terminal.to_json(line), flush=follow)


def _execution_id(client: Client, job_id: int, exe: int | None) -> int:
    """The id of the wanted execution, or of the latest."""
    if exe is not None:
        return client.jobs.execution(job_id, exe)["id"]
    latest = next(client.jobs.executions(job_id), None)
    if latest is None:
        job = client.jobs.get(job_id)
        raise UsageProblem(f"job {job_id} is {job['status']} and has no log yet; -f waits for it")
    return latest["id"]
