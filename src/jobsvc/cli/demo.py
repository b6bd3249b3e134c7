"""`jobsvc demo`."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import jobsvc
from jobsvc.cli import demo_scenario, formatting, terminal
from jobsvc.cli.codes import OF_STATUS, UsageProblem
from jobsvc.cli.exposure import listening_problem
from jobsvc.cli.session import Session
from jobsvc.cli.stopping import StopSignals
from jobsvc.client import Client

if TYPE_CHECKING:
    from jobsvc.settings import Settings
    from jobsvc.stack import Stack

_PACKAGE = Path(jobsvc.__file__).parent
EXAMPLES = next((place for place in (_PACKAGE / "examples", _PACKAGE.parents[1] / "examples") if place.is_dir()), _PACKAGE)
"""Inside of the installed package, or beside the sources."""
LOG_FILE = "demo.log"
DOCKER = "docker"
LOOPBACK_ADDRESS = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(demo)


def demo(
    context: typer.Context,
    *,
    engine: Annotated[
        Literal["subprocess", "docker"],
        typer.Option(help="What runs the job: with docker the images that `make demo ENGINE=docker` makes."),
    ] = "subprocess",
) -> None:
    """Start the service, run an example job and show its log live."""
    if not (EXAMPLES / "data").is_dir():
        raise UsageProblem(f"there are no examples at {EXAMPLES}; run the demo from a checkout of the project")
    session: Session = context.obj
    signals = StopSignals()
    in_containers = engine == DOCKER
    with _service(in_containers=in_containers) as stack, Client(stack.url, session.token) as client:
        job = demo_scenario.run(client, EXAMPLES, from_images=in_containers)
        if job["status"] != "COMPLETED":
            print(f"jobsvc: the example job is {job['status']}", file=sys.stderr)
        stays = sys.stdin.isatty() and sys.stdout.isatty()
        up = f"JOBSVC_ENGINES={','.join(stack.engines)} jobsvc up" if in_containers else "jobsvc up"
        print("\nGo on in another terminal:" if stays else f"\nAll of this is still there after `{up}`:")
        demo_scenario.print_next_steps(client, job, EXAMPLES)
        if stays:
            terminal.out().print("\nThe service runs until you press Ctrl-C.", style="bold")
            signals.wait(stack)
    raise typer.Exit(OF_STATUS[job["status"]])


@contextmanager
def _service(*, in_containers: bool) -> Iterator["Stack"]:
    """The whole service for the time of the block; what its processes log goes to a file."""
    # The service takes longer to import than most commands to run.
    from jobsvc import logging
    from jobsvc.embedded import EmbeddedUnavailable
    from jobsvc.settings import SettingsProblem, read_settings
    from jobsvc.stack import Stack, StackProblem

    with ExitStack() as until_end:
        try:
            settings = read_settings()
            if in_containers:
                settings = _with_containers(settings)
            if not settings.needs_credentials:
                # Nobody else is to reach a demo without credentials, whatever the image says of a service.
                settings = settings.model_copy(update={"host": LOOPBACK_ADDRESS})
            if problem := listening_problem(settings):
                raise UsageProblem(problem)
            settings.data_dir.mkdir(parents=True, exist_ok=True)
            log_file = settings.data_dir / LOG_FILE
            logging.configure(settings, until_end.enter_context(log_file.open("a", encoding="utf-8")))
            with terminal.live(terminal.out()) as say:
                say("starting PostgreSQL, the API and a worker")
                begun = time.monotonic()
                stack = until_end.enter_context(Stack(settings, log_file=log_file))
        except (ConnectionError, EmbeddedUnavailable, SettingsProblem, StackProblem) as exc:
            raise UsageProblem(str(exc)) from exc
        took = formatting.span(time.monotonic() - begun)
        demo_scenario.done("service", f"{stack.url}  PostgreSQL, API and worker up in {took}")
        yield stack


def _with_containers(settings: "Settings") -> "Settings":
    """The settings with the engine for containers. ConnectionError when no runtime answers."""
    from jobsvc.engines.docker.connecting import check

    demo_scenario.done("runtime", asyncio.run(check(settings.docker_url)))
    names = {entry.partition(":")[0] for entry in settings.engines}
    return settings if DOCKER in names else settings.model_copy(update={"engines": (*settings.engines, DOCKER)})
