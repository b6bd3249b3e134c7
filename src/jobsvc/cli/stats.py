"""`jobsvc stats`."""

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from jobsvc.cli import formatting, tables, terminal
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JsonFlag, PageNumber, PageSize
from jobsvc.cli.selection import with_criteria
from jobsvc.cli.session import connect
from jobsvc.client.models import JobGroup, Percentiles
from jobsvc.client.queries import JobQuery

MEMBERS = {
    "status": "STATUS",
    "job_type_id": "TYPE ID",
    "job_type_name": "TYPE",
    "job_type_version": "VERSION",
    "error_id": "ERROR ID",
    "error_name": "ERROR",
    "error_category": "CATEGORY",
    "is_superseded": "SUPERSEDED",
}
"""What groups may have in common, and the heading of its column."""
TIMES = ("WAITED P50 / P95", "RAN P50 / P95")
NUMBERS = ("TYPE ID", "ERROR ID", "JOBS", *TIMES)


def register(app: typer.Typer) -> None:
    """Put the command on the command line."""
    app.command()(stats)


@with_criteria(JobQuery, without={"order"})
def stats(
    context: typer.Context,
    *,
    criteria: JobQuery,
    by: Annotated[
        str,
        typer.Option(
            metavar="M,M...",
            help="What jobs of a group have in common: status, job_type_id, job_type_name, error_id, error_name, error_category "
            "or is_superseded.",
        ),
    ] = "status,job_type_name",
    page: PageNumber = 1,
    page_size: PageSize = 100,
    as_json: JsonFlag = False,
) -> None:
    """Count jobs by group, the largest first; with how long the last executions of their types waited and ran (p50 / p95)."""
    with connect(context) as client:
        print_page(client.jobs.stats(by, page=page, page_size=page_size, **criteria), _table, as_json=as_json)


def _table(groups: list[JobGroup]) -> Table:
    members = [name for name in MEMBERS if any(group.get(name) is not None for group in groups)]
    headings = [MEMBERS[name] for name in members]
    table = tables.table(
        *headings,
        *("JOBS", "OLDEST QUEUED", *TIMES),
        right=NUMBERS,
        elastic=("TYPE", "ERROR"),
        spare=("OLDEST QUEUED", *TIMES),
    )
    for group in groups:
        values = [_value(name, group.get(name)) for name in members]
        times = (_seconds(group["waiting"]), _seconds(group["running"]))
        table.add_row(*values, str(group["count"]), formatting.instant(group["oldest_queued"]), *times)
    return table


def _value(name: str, value: object) -> Text | str:
    if value is None:
        return "none"
    return terminal.status(str(value)) if name == "status" else str(value)


def _seconds(times: Percentiles) -> str:
    """Half of them and 95 of 100, as `2 s / 1 min`."""
    if times["p50"] is None or times["p95"] is None:
        return ""
    return f"{formatting.span(times['p50'])} / {formatting.span(times['p95'])}"
