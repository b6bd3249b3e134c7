"""`jobsvc submit`."""

from pathlib import Path
from typing import Annotated

import typer

from jobsvc.cli import arguments, inputs, job_view, terminal, watch
from jobsvc.cli.codes import OF_STATUS
from jobsvc.cli.options import NewLabels, NotBefore
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.models import JobDetails, Json

After = Annotated[list[int] | None, typer.Option(metavar="ID", help="Start after this job has COMPLETED (repeatable).", min=1)]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--json", "-j", metavar="NAME=VALUE", help="JSON input; a value that is not JSON is passed as text (repeatable)."
    ),
]


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(submit)


def submit(
    context: typer.Context,
    job_type: Annotated[
        str, typer.Argument(metavar="TYPE[:VERSION]", help="Job type; without a version, the highest active one.")
    ],
    *,
    files: Annotated[
        list[str] | None,
        typer.Option("--input", "-i", metavar="NAME=PATH", help="File input: a local file, or id:12 (repeatable)."),
    ] = None,
    values: Values = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Job configuration, a JSON object.")] = None,
    priority: Annotated[int | None, typer.Option(metavar="N", help="Lower numbers run earlier.", min=1)] = None,
    workspace: Annotated[str | None, typer.Option(metavar="NAME", help="Workspace for the output files.")] = None,
    not_before: NotBefore = None,
    after: After = None,
    label: NewLabels = None,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Wait until the job is final; exit with its code.")] = False,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Like --wait, and print the log.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only the id.")] = False,
) -> None:
    """Queue a job; local input files are uploaded.

    With --wait the exit code is 0 for COMPLETED, 1 for FAILED and 3 for CANCELED.
    """
    name, version = arguments.type_reference(job_type)
    result = [inputs.parse_file(text) for text in files or []]
    pairs = [arguments.pair(text, "--json") for text in values or []]
    configuration = _configuration(config, priority, workspace)
    labels = dict(arguments.pair(text, "--label") for text in label or [])
    with connect(context) as client:
        kind = client.job_types.get(name, version)
        inputs.check_names([*(item.name for item in result), *(name for name, _ in pairs)], kind)
        data = inputs.data_of(client, result, pairs)
        job = client.jobs.submit(kind["id"], data, configuration, not_before=not_before, after=after or (), labels=labels)
        _go_on(client, job, waits=wait or follow, follow=follow, quiet=quiet)


def _go_on(client: Client, job: JobDetails, *, waits: bool, follow: bool, quiet: bool) -> None:
    _announce(client, job, quiet=quiet)
    if waits:
        raise typer.Exit(_wait(client, job["id"], follow=follow, quiet=quiet))


def _configuration(config: Path | None, priority: int | None, workspace: str | None) -> Json:
    configuration = arguments.json_object(config) if config else {}
    if priority is not None:
        configuration["priority"] = priority
    if workspace is not None:
        configuration["output_workspaces"] = {**configuration.get("output_workspaces", {}), "default": workspace}
    return configuration


def _announce(client: Client, job: JobDetails, *, quiet: bool) -> None:
    if quiet:
        print(job["id"], flush=True)
    else:
        terminal.out().print(job_view.headline(job), job_view.address(client, job["id"]), sep="  ", soft_wrap=True)


def _wait(client: Client, job_id: int, *, follow: bool, quiet: bool) -> int:
    if follow:
        watch.follow(client, job_id)
    job = watch.until_final(client, job_id)
    if not quiet:
        if follow:
            print()
        job_view.print_job(terminal.out(), client, job)
        if job["status"] == "FAILED" and not follow:
            terminal.err().print(f"The log says more: jobsvc logs {job_id}", style="dim")
    return OF_STATUS[job["status"]]
