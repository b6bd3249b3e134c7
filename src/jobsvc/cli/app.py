"""The command line: its global options and its commands."""

from typing import Annotated

import typer

from jobsvc.cli import (
    backups,
    bulk,
    demo,
    events,
    files,
    jobs,
    logs,
    policies,
    retention,
    service,
    stats,
    submit,
    submit_many,
    tokens,
    transfer,
    types,
    webhooks,
    workspaces,
)
from jobsvc.cli.codes import EXPLAINED, ExitCode
from jobsvc.cli.session import Session, default_url

app = typer.Typer(
    name="jobsvc",
    help="Queue, run, list, inspect, cancel and requeue batch jobs, and read their logs.",
    epilog=EXPLAINED,
    # Plain help: drawing boxes takes longer than everything else that --help does.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    invoke_without_command=True,
    context_settings={"help_option_names": ["--help", "-h"]},
)
PARTS = (
    *(demo, submit, submit_many, jobs, stats, logs, events, bulk, types, policies, files, workspaces),
    *(webhooks, retention, service, tokens, transfer, backups),
)
for part in PARTS:
    part.register(app)


@app.callback()
def configure(
    context: typer.Context,
    *,
    url: Annotated[str | None, typer.Option(envvar="JOBSVC_URL", help="The URL of the service. [this host, JOBSVC_PORT]")] = None,
    token: Annotated[str | None, typer.Option(envvar="JOBSVC_TOKEN", help="Token, if the service requires one.")] = None,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    """Read the global options."""
    if version:
        from importlib import metadata

        print(metadata.version("jobsvc"))
        raise typer.Exit
    context.obj = Session(url or default_url(), token)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(ExitCode.USAGE)
