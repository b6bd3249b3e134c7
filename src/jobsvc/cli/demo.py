"""`jobsvc demo`."""

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

import jobsvc
from jobsvc.cli import demo_scenario, formatting, terminal
from jobsvc.cli.codes import OF_STATUS, UsageProblem
from jobsvc.cli.session import Session
from jobsvc.cli.stopping import StopSignals
from jobsvc.client import Client

if TYPE_CHECKING:
    from jobsvc.stack import Stack

EXAMPLES = Path(jobsvc.__file__).parents[2] / "examples"
LOG_FILE = "demo.log"


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(demo)


def demo(context: typer.Context) -> None:
    """Start the service, run an example job and show its log live."""
    if not (EXAMPLES / "data").is_dir():
        raise UsageProblem(f"there are no examples at {EXAMPLES}; run the demo from a checkout of the project")
    session: Session = context.obj
    signals = StopSignals()
    with _service() as stack, Client(stack.url, session.token) as client:
        job = demo_scenario.run(client, EXAMPLES)
        if job["status"] != "COMPLETED":
            print(f"jobsvc: the example job is {job['status']}", file=sys.stderr)
        stays = sys.stdin.isatty() and sys.stdout.isatty()
        print("\nGo on in another terminal:" if stays else "\nGo on after `jobsvc up`; all of this is still there:")
        demo_scenario.print_next_steps(client, job, EXAMPLES)
        if stays:
            terminal.out().print("\nThe service runs until you press Ctrl-C.", style="bold")
            signals.wait(stack)
    raise typer.Exit(OF_STATUS[job["status"]])


@contextmanager
def _service() -> Iterator["Stack"]:
    """The whole service for the time of the block; what its processes log goes to a file."""
    # The service takes longer to import than most commands to run.
    from jobsvc import logging
    from jobsvc.embedded import EmbeddedUnavailable
    from jobsvc.settings import SettingsProblem, read_settings
    from jobsvc.stack import Stack, StackProblem

    with ExitStack() as until_end:
        try:
            settings = read_settings()
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            log_file = settings.data_dir / LOG_FILE
            logging.configure(settings, until_end.enter_context(log_file.open("a", encoding="utf-8")))
            with terminal.live(terminal.out()) as say:
                say("starting PostgreSQL, the API and a worker")
                begun = time.monotonic()
                stack = until_end.enter_context(Stack(settings, log_file=log_file))
        except (EmbeddedUnavailable, SettingsProblem, StackProblem) as exc:
            raise UsageProblem(str(exc)) from exc
        took = formatting.span(time.monotonic() - begun)
        demo_scenario.done("service", f"{stack.url}  PostgreSQL, API and worker up in {took}")
        yield stack
