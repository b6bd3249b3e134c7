"""`jobsvc cancel` and `jobsvc requeue`."""

from typing import Annotated

import typer

from jobsvc.cli import bulk_view, selection, terminal
from jobsvc.cli.codes import ExitCode
from jobsvc.cli.options import JobIds, JsonFlag
from jobsvc.cli.selection import Everything, with_criteria
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.queries import JobSelection

Wait = Annotated[bool, typer.Option("--wait", "-w", help="Wait until it is done; fail unless it succeeded for every job.")]
DryRun = Annotated[bool, typer.Option("--dry-run", "-n", help="Only report what would be done.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation before changing jobs selected by a filter.")]


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(cancel)
    app.command()(requeue)


@with_criteria(JobSelection, without={"job_ids"})
def cancel(
    context: typer.Context,
    job_ids: JobIds = None,
    *,
    criteria: JobSelection,
    everything: Everything = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = False,
    as_json: JsonFlag = False,
) -> None:
    """Cancel jobs, named by their ids or selected by filters. Waiting jobs end at once; running jobs are stopped."""
    chosen = selection.read(job_ids, criteria, everything=everything)
    with connect(context) as client:
        if selection.needs_preview(chosen) or dry_run:
            preview = client.bulk.preview_cancel(chosen, everything=everything)
            bulk_view.agree(preview, "cancel", dry_run=dry_run, yes=yes, as_json=as_json)
            operation_id = client.bulk.cancel(chosen, expected=preview["matched"], everything=everything)
        else:
            operation_id = client.bulk.cancel(chosen)
        _report(client, operation_id, chosen, "canceled", wait=wait, as_json=as_json)


@with_criteria(JobSelection, without={"job_ids"})
def requeue(
    context: typer.Context,
    job_ids: JobIds = None,
    *,
    criteria: JobSelection,
    everything: Everything = False,
    priority: Annotated[int | None, typer.Option(metavar="N", help="New priority; lower numbers run earlier.", min=1)] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    wait: Wait = False,
    as_json: JsonFlag = False,
) -> None:
    """Send failed and canceled jobs back to the queue, named by their ids or selected by filters."""
    chosen = selection.read(job_ids, criteria, everything=everything)
    with connect(context) as client:
        if selection.needs_preview(chosen) or dry_run:
            preview = client.bulk.preview_requeue(chosen, everything=everything)
            bulk_view.agree(preview, "requeue", dry_run=dry_run, yes=yes, as_json=as_json)
            operation_id = client.bulk.requeue(chosen, priority, expected=preview["matched"], everything=everything)
        else:
            operation_id = client.bulk.requeue(chosen, priority)
        _report(client, operation_id, chosen, "requeued", wait=wait, as_json=as_json)


def _report(client: Client, operation_id: int, chosen: JobSelection, done: str, *, wait: bool, as_json: bool) -> None:
    if not wait:
        operation = client.bulk.get(operation_id)
        if as_json:
            terminal.print_json(operation)
        else:
            print(f"asked for {bulk_view.jobs(chosen)} to be {done}; what came of it: {bulk_view.address(client, operation_id)}")
        return
    operation = bulk_view.until_done(client, operation_id)
    # Whoever names ids means each of them; a filter means those of its jobs that can be changed.
    by_filter = operation["done"] + operation["conflict"] + operation["error"]
    asked = len(chosen["job_ids"]) if "job_ids" in chosen else by_filter
    if as_json:
        terminal.print_json(operation)
    else:
        print(bulk_view.summary(operation, asked, done))
    if operation["done"] < asked:
        raise typer.Exit(ExitCode.FAILED)
