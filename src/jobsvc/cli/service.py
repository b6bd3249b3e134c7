"""Commands that are the service: up, serve, worker, migrate; and what an operator needs beside: settings, token."""

import asyncio
import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from jobsvc.cli.codes import ExitCode
from jobsvc.cli.exposure import listening_problem, working_problem
from jobsvc.cli.stopping import Stopped, StopSignals

if TYPE_CHECKING:
    from jobsvc.settings import Settings


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    for command in (up, serve, worker, migrate, settings, openapi, token):
        app.command()(command)


def up() -> None:
    """Run the whole service: database, API and worker.

    The database is the embedded PostgreSQL, unless JOBSVC_DATABASE_URL is set. Data survive restarts.
    """
    signals = StopSignals()
    with contextlib.suppress(Stopped), problems_in_one_line():
        name_unknown_variables()
        chosen = _checked()
        _require_none(_place_problem(chosen))
        _keep_running(chosen, signals, has_worker=True)


def serve(
    *,
    processes: int | None = typer.Option(None, min=1, max=64, help="How many processes answer requests. [JOBSVC_PROCESSES]"),
    with_parent: bool = typer.Option(False, "--with-parent", hidden=True),
    name: str = typer.Option("", hidden=True, help="What the log calls the process."),
    sockets: list[int] = typer.Option([], "--socket", hidden=True, help="Descriptors that listen already."),
) -> None:
    """Run only the API."""
    signals = StopSignals()
    from jobsvc.cli.processes import answer

    with contextlib.suppress(Stopped), problems_in_one_line():
        if not with_parent:
            name_unknown_variables()
        chosen = _checked()
        if processes is not None:
            chosen = chosen.model_copy(update={"processes": processes})
        if chosen.processes > 1 and not with_parent:
            _keep_running(chosen, signals, has_worker=False)
        else:
            answer(chosen, sockets, name, with_parent=with_parent)


def _keep_running(chosen: "Settings", signals: StopSignals, *, has_worker: bool) -> None:
    """Run the processes of the service until a signal comes."""
    from jobsvc import logging
    from jobsvc.stack import Stack

    logging.configure(chosen)
    with Stack(chosen, has_worker=has_worker) as stack:
        # Whether or not somebody listens, the service runs.
        with contextlib.suppress(OSError):
            typer.echo(f"jobsvc answers at {stack.url} (API documentation: {stack.url}/docs). Ctrl-C stops it.", err=True)
        if not signals.wait(stack):
            raise typer.Exit(ExitCode.FAILED)


def worker(*, with_parent: bool = typer.Option(False, "--with-parent", hidden=True)) -> None:
    """Run one worker; any number may run at the same time."""
    StopSignals()
    from jobsvc.cli.processes import work

    with contextlib.suppress(Stopped), problems_in_one_line():
        if not with_parent:
            name_unknown_variables()
        chosen = chosen_settings()
        _require_none(working_problem(chosen) or _place_problem(chosen))
        work(chosen, with_parent=with_parent)


def migrate(
    *,
    check: bool = typer.Option(
        False, "--check", help="Change nothing: exit code 0 when there is nothing to do, 1 when there is."
    ),
) -> None:
    """Upgrade the database to the newest schema."""
    from jobsvc import opening

    with problems_in_one_line():
        if check:
            waiting = asyncio.run(opening.waiting_migration(chosen_settings()))
            typer.echo(waiting or "There is nothing to do.")
            raise typer.Exit(ExitCode.FAILED if waiting else ExitCode.OK)
        # Who calls this means it, whatever the processes of the service may do.
        asyncio.run(_migrate(chosen_settings().model_copy(update={"migrate": "auto"})))


async def _migrate(chosen: "Settings") -> None:
    from jobsvc import opening

    async with opening.open_database(chosen) as database:
        typer.echo(await opening.schema_sentence(database))


def settings() -> None:
    """Print all settings as a Markdown table."""
    from jobsvc.settings import Settings

    typer.echo("| variable | default | meaning |\n| --- | --- | --- |")
    # What most people look for comes first, and what a base class has not last.
    names = dict.fromkeys([*Settings.__annotations__, *Settings.model_fields])
    for name, field in ((name, Settings.model_fields[name]) for name in names if name in Settings.model_fields):
        default = "" if field.default_factory else str(field.default if field.default not in {None, ()} else "")
        shown = {"data_dir": "the user's data directory"}.get(name, f"`{default}`" if default else "not set")
        typer.echo(f"| `JOBSVC_{name.upper()}` | {shown} | {field.description} |")


def openapi(directory: Path = typer.Argument(help="Directory to write the documents to.")) -> None:
    """Write the OpenAPI document of each generation."""
    from jobsvc.app import openapi_documents

    directory.mkdir(parents=True, exist_ok=True)
    for name, text in openapi_documents().items():
        (directory / f"{name}.json").write_text(text)
        typer.echo(f"{directory / name}.json")


def token(name: str = typer.Argument(help="Name of the user.")) -> None:
    """Create a token for a user.

    Prints the secret for its user, and the entry for JOBSVC_TOKENS.
    """
    from jobsvc.api.middleware import digest_of

    secret = secrets.token_urlsafe(32)
    typer.echo(f"token:          {secret}")
    typer.echo(f"JOBSVC_TOKENS:  {name}:{digest_of(secret)}")


def chosen_settings() -> "Settings":
    """The settings of this process; what is wrong with them ends it."""
    from jobsvc.settings import SettingsProblem, read_settings

    try:
        return read_settings()
    except SettingsProblem as exc:
        typer.echo(f"jobsvc: {exc}", err=True)
        raise typer.Exit(2) from exc


def name_unknown_variables() -> None:
    """Say which variables have no effect, for a setting that is misspelt is none."""
    from jobsvc.settings import unknown_variables

    for sentence in unknown_variables(os.environ):
        typer.echo(f"jobsvc: {sentence}", err=True)


def _checked() -> "Settings":
    """The settings, when they are safe: a service that runs commands is not for strangers."""
    chosen = chosen_settings()
    _require_none(listening_problem(chosen))
    return chosen


def _place_problem(chosen: "Settings") -> str:
    """Why jobs cannot run where and as whom the settings say; empty when they can."""
    from jobsvc.engine_factories import job_place
    from jobsvc.settings import SettingsProblem

    try:
        job_place(chosen)
    except SettingsProblem as problem:
        return str(problem)
    return ""


def _require_none(problem: str) -> None:
    if problem:
        typer.echo(f"jobsvc: {problem}", err=True)
        raise typer.Exit(2)


@contextlib.contextmanager
def problems_in_one_line() -> Iterator[None]:
    """Say what keeps the service from running, without a traceback where the cause is known."""
    from jobsvc.domain.errors import JobsvcError
    from jobsvc.embedded import EmbeddedUnavailable
    from jobsvc.stack import StackProblem

    try:
        yield
    except (EmbeddedUnavailable, JobsvcError, StackProblem) as exc:
        typer.echo(f"jobsvc: {exc}", err=True)
        raise typer.Exit(1) from exc
