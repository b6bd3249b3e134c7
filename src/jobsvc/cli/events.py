"""`jobsvc events`."""

import sys
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.text import Text

from jobsvc.cli import formatting, terminal
from jobsvc.cli.session import connect
from jobsvc.client.models import ChangeEvent

SUBJECTS = {
    "job_id": "job",
    "exe_num": "exe",
    "batch_id": "batch",
    "bulk_operation_id": "bulk operation",
    "node_id": "node",
    "worker_id": "worker",
}
"""What an event may be about, and what that is called."""
STYLES = {"completed": "green", "failed": "bold red", "canceled": "yellow", "started": "bold cyan", "queued": "blue"}


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(events)


def events(
    context: typer.Context,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Print what comes from now on, or behind --after, until interrupted.")
    ] = False,
    type_: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only this type, as job.failed; may be repeated.")
    ] = None,
    job: Annotated[list[int] | None, typer.Option(metavar="ID", min=1, help="Only of this job; may be repeated.")] = None,
    job_type: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Only of this job type; may be repeated.")] = None,
    batch: Annotated[list[int] | None, typer.Option(metavar="ID", min=1, help="Only of this batch; may be repeated.")] = None,
    after: Annotated[int | None, typer.Option(metavar="ID", min=0, help="Only what comes behind this event.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
) -> None:
    """Print what was changed, one line an event, the oldest first; -f goes on with what comes."""
    with connect(context) as client:
        result = client.events(
            after=after,
            follow=follow,
            types=type_ or [],
            job_ids=job or [],
            job_type_names=job_type or [],
            batch_ids=batch or [],
        )
        _print(result, as_json=as_json, at_once=follow)


def _print(result: Iterator[ChangeEvent], *, as_json: bool, at_once: bool) -> None:
    console = terminal.out()
    for event in result:
        if as_json:
            print(terminal.to_json(event))
        else:
            console.print(line(event), soft_wrap=True)
        if at_once:
            sys.stdout.flush()


def line(event: ChangeEvent) -> Text:
    """When, what, of what, what is known beside, and by whose request."""
    kind = event["job_type"]
    style = STYLES.get(event["type"].rpartition(".")[2], "")
    type_name = [f"{kind['name']} {kind['version']}"] if kind else []
    members = {name: value for name, value in event.items() if name in SUBJECTS and value is not None}
    subjects = [f"{word} {members[name]}" for name, word in SUBJECTS.items() if name in members]
    actor = [f"by {event['actor']}"] if event["actor"] else []
    rest = "  ".join([*subjects, *type_name, *_known(event), *actor])
    # Names may hold anything, line ends too.
    return Text.assemble(formatting.instant(event["time"]), "  ", (event["type"], style), "  ", _in_one_line(rest))


def _known(event: ChangeEvent) -> Iterator[str]:
    data = event["data"]
    if data.get("status_before") is not None:
        yield f"{data['status_before']} -> {data['status']}"
    for name in ("error", "exit_code"):
        if isinstance(data.get(name), (str, int)) and "status" in data:
            yield f"{name.replace('_', ' ')} {data[name]}"
    if isinstance(data.get("changed"), list):
        yield f"changed {', '.join(map(str, data['changed']))}"


def _in_one_line(text: str) -> str:
    return terminal.plain(text.replace("\n", "\N{REPLACEMENT CHARACTER}"))
