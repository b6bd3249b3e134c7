"""`jobsvc cancel` and `jobsvc requeue`."""

from collections.abc import Sequence
from typing import Annotated

import typer

from jobsvc.cli import arguments, screen
from jobsvc.cli.codes import ExitCode
from jobsvc.cli.options import JobIds
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.models import BulkOperation

Wait = Annotated[bool, typer.Option("--wait", "-w", help="Wait until it is done, and fail if it was not for every job.")]


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(cancel)
    app.command()(requeue)


def cancel(context: typer.Context, job_ids: JobIds = None, *, wait: Wait = False) -> None:
    """Cancel jobs. Waiting ones end at once, running ones are told to stop."""
    ids = arguments.job_ids(job_ids or [])
    with connect(context) as client:
        _report(client, client.bulk.cancel(ids), ids, "canceled", wait=wait)


def requeue(
    context: typer.Context,
    job_ids: JobIds = None,
    *,
    priority: Annotated[int | None, typer.Option(metavar="N", help="New priority; lower numbers run earlier.", min=1)] = None,
    wait: Wait = False,
) -> None:
    """Send failed and canceled jobs back to the queue."""
    ids = arguments.job_ids(job_ids or [])
    with connect(context) as client:
        _report(client, client.bulk.requeue(ids, priority), ids, "requeued", wait=wait)


def _report(client: Client, operation_id: int, ids: Sequence[int], done: str, *, wait: bool) -> None:
    jobs = f"{len(ids)} job{'s' if len(ids) > 1 else ''}"
    if not wait:
        print(f"asked for {jobs} to be {done}; what came of it: {client.url}/v6/bulk-operations/{operation_id}/")
        return
    operation = _until_done(client, operation_id)
    refused = [f"{operation['not_eligible']} not in a status for it" if operation["not_eligible"] else ""]
    unknown = len(ids) - operation["processed"]
    refused.append(f"{unknown} unknown" if unknown else "")
    print("; ".join(filter(None, [f"{operation['done']} of {jobs} {done}", *refused])))
    if operation["done"] < len(ids):
        raise typer.Exit(ExitCode.FAILED)


def _until_done(client: Client, operation_id: int) -> BulkOperation:
    with screen.live(screen.watched()) as say:
        for operation in client.bulk.watch(operation_id):
            say(f"{operation['state']} {operation['processed']} jobs")
    return operation
