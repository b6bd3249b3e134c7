"""`jobsvc retention` and `jobsvc purge`."""

import sys
from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import arguments, bulk_view, tables, terminal
from jobsvc.cli.bulk import DryRun, Wait
from jobsvc.cli.codes import ExitCode, UsageProblem
from jobsvc.cli.options import JobId, JobIds, JsonFlag, TypeName, TypeVersion
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.models import JobTypeName
from jobsvc.client.retention_models import JobTypeRetention, PurgePreview, RetentionChange

DAYS = {"job_days": "jobs", "failed_job_days": "failed jobs", "product_days": "products", "log_days": "log lines"}
"""What is kept for days, and what it is called."""
UNSAID = "default"
DaysOption = Annotated[
    str | None, typer.Option(metavar="N|default", help="Days; 0: for ever, `default`: as the settings of the service say.")
]
Only = Annotated[
    list[str] | None, typer.Option("--type", metavar="NAME:VERSION", help="Only jobs of this job type; may be repeated.")
]


def register(app: typer.Typer) -> None:
    """Put the group and the command on the command line."""
    group = typer.Typer(help="How long jobs are kept, and what is held.")
    group.command()(show)
    group.command("set")(change)
    group.command()(preview)
    group.command()(hold)
    group.command()(release)
    app.add_typer(group, name="retention")
    app.command()(purge)


def show(context: typer.Context, name: TypeName, version: TypeVersion, *, as_json: JsonFlag = False) -> None:
    """Show how long the jobs of a type are kept."""
    with connect(context) as client:
        _print(client.retention.of_type(name, version), as_json=as_json)


def change(
    context: typer.Context,
    name: TypeName,
    version: TypeVersion,
    *,
    job_days: DaysOption = None,
    failed_job_days: DaysOption = None,
    product_days: DaysOption = None,
    log_days: DaysOption = None,
    hold: Annotated[bool | None, typer.Option("--hold/--no-hold", help="Keep everything of this type, or not any more.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say how long the jobs of a type are kept; what is not named stays as it is."""
    days = {"job_days": job_days, "failed_job_days": failed_job_days, "product_days": product_days, "log_days": log_days}
    changes = {name: _days(text, name) for name, text in days.items() if text is not None}
    if not changes and hold is None:
        raise UsageProblem("name what to change, as --job-days 30 or --hold")
    with connect(context) as client:
        now = client.retention.of_type(name, version)
        policy = {member: changes.get(member, now.get(member)) for member in DAYS}
        said: RetentionChange = {**policy, "is_held": now["is_held"] if hold is None else hold}  # type: ignore[typeddict-item]
        _print(client.retention.set_for_type(name, version, **said), as_json=as_json)


def preview(context: typer.Context, *, type_: Only = None, as_json: JsonFlag = False) -> None:
    """Say what a purge would remove now."""
    types = _types(type_)
    with connect(context) as client:
        result = client.retention.preview(types)
    _print_preview(result, as_json=as_json)


def hold(
    context: typer.Context,
    job_id: JobId,
    *,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep a job from being purged, until it is released."""
    with connect(context) as client:
        result = client.retention.hold(job_id, reason)
    if as_json:
        terminal.print_json(result)
    else:
        print(f"job {job_id} is held by {result['held_by']}")


def release(context: typer.Context, job_ids: JobIds = None) -> None:
    """Let go of jobs that were held; others stay as they are."""
    ids = arguments.job_ids(job_ids or [])
    with connect(context) as client:
        for job_id in ids:
            client.retention.release(job_id)
    print(f"{bulk_view.counted(len(ids))} not held any more")


def purge(
    context: typer.Context,
    *,
    type_: Only = None,
    dry_run: DryRun = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    wait: Wait = False,
    as_json: JsonFlag = False,
) -> None:
    """Remove now what has been kept long enough, with all that is of it, as the service does once a day."""
    types = _types(type_)
    with connect(context) as client:
        result = client.retention.preview(types)
        if dry_run:
            _print_preview(result, as_json=as_json)
            return
        if not result["jobs"]:
            terminal.err().print("nothing has been kept long enough")
            return
        _confirm(result, yes=yes)
        _report(client, client.retention.purge(types), wait=wait, as_json=as_json)


def _days(text: str, member: str) -> int | None:
    option = "--" + member.replace("_", "-")
    if text == UNSAID:
        return None
    if not (text.isascii() and text.isdigit()):
        raise UsageProblem(f"{option} {text}: must be a number of days, or `{UNSAID}`")
    return int(text)


def _types(texts: list[str] | None) -> list[JobTypeName]:
    types: list[JobTypeName] = []
    for text in texts or []:
        name, version = arguments.type_reference(text)
        if version is None:
            raise UsageProblem(f"--type {text}: must be NAME:VERSION")
        types.append({"name": name, "version": version})
    return types


def _confirm(preview: PurgePreview, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageProblem("jobs are purged only with --yes, or after a confirmation in a terminal")
    if not typer.confirm(f"remove {_amount(preview)} for ever?", err=True):
        raise typer.Exit(ExitCode.INTERRUPTED)


def _report(client: Client, operation_id: int, *, wait: bool, as_json: bool) -> None:
    operation = bulk_view.until_done(client, operation_id) if wait else client.bulk.get(operation_id)
    if as_json:
        terminal.print_json(operation)
    elif not wait:
        print(f"the purge has begun; what came of it: {bulk_view.address(client, operation_id)}")
    else:
        print(bulk_view.summary(operation, operation["done"] + operation["conflict"] + operation["error"], "purged"))
    if wait and (operation["state"] != "COMPLETED" or operation["error"]):
        raise typer.Exit(ExitCode.FAILED)


def _amount(preview: PurgePreview) -> str:
    return f"{'more than ' if preview['is_cut'] else ''}{bulk_view.counted(preview['jobs'])}"


def _print_preview(preview: PurgePreview, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(preview)
        return
    console = terminal.out()
    console.print(
        f"would remove {_amount(preview)}, {preview['executions']} executions, {preview['files']} products, "
        f"{preview['log_lines']} log lines"
    )
    if preview["by_job_type"]:
        console.print(_counts(preview))


def _counts(preview: PurgePreview) -> Table:
    table = tables.table(
        "TYPE",
        "VERSION",
        "JOBS",
        "EXECUTIONS",
        "PRODUCTS",
        "LOG LINES",
        right=("JOBS", "EXECUTIONS", "PRODUCTS", "LOG LINES"),
        elastic=("TYPE",),
    )
    for item in preview["by_job_type"]:
        numbers = (item["jobs"], item["executions"], item["files"], item["log_lines"])
        table.add_row(item["job_type"]["name"], item["job_type"]["version"], *map(str, numbers))
    return table


def _print(retention: JobTypeRetention, *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(retention)
        return
    rows = []
    for member, what in DAYS.items():
        said, days = retention.get(member), retention["effective"].get(member)
        rows.append((what, ("for ever" if days == 0 else f"{days} days") + ("" if said is not None else ", by default")))
    rows.append(("held", "everything, whatever the days are" if retention["is_held"] else "only jobs that are held themselves"))
    terminal.out().print(terminal.record(rows))
