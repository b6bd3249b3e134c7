"""`jobsvc jobs`, `jobsvc show`, `jobsvc why` and `jobsvc change`."""

import sys
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import arguments, formatting, job_view, tables, terminal
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JobId, JsonFlag, PageNumber, PageSize, Quiet
from jobsvc.cli.selection import with_criteria
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.models import Job, JobChange, Page
from jobsvc.client.queries import JobQuery

NEWEST_FIRST, OLDEST_FIRST = ["-id"], ["id"]
MOST = 1000
"""Jobs of a page."""


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command("jobs")(list_jobs)
    app.command()(show)
    app.command()(why)
    app.command()(change)


@with_criteria(JobQuery, without={"order"})
def list_jobs(
    context: typer.Context,
    *,
    criteria: JobQuery,
    order: Annotated[list[str] | None, typer.Option(metavar="F", help="Sort key, -F descending (repeatable). [-id]")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="Only the first N jobs, instead of a page.", min=1)] = None,
    page: PageNumber = 1,
    page_size: PageSize = 20,
    as_json: JsonFlag = False,
    ndjson: Annotated[
        bool, typer.Option("--ndjson", help="Print one JSON object per line, for every job or --limit of them.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """List jobs, newest first; with --ndjson oldest first."""
    query: JobQuery = {
        **criteria,
        # A long walk goes by id: new jobs come at its end, and move nothing.
        "order": order or (OLDEST_FIRST if ndjson else NEWEST_FIRST),
    }
    with connect(context) as client:
        if ndjson:
            for job in _up_to(limit, client.jobs.all(**query)):
                print(terminal.to_json(job))
            return
        result = client.jobs.list(page=page, page_size=page_size, **query) if limit is None else _first(client, query, limit)
    if quiet:
        for job in result["results"]:
            print(job["id"])
    else:
        print_page(result, _table, as_json=as_json)


def show(context: typer.Context, job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Show a job: times, error, input and output."""
    with connect(context) as client:
        job = client.jobs.get(job_id)
        if as_json:
            terminal.print_json(job)
        else:
            job_view.print_job(terminal.out(), client, job, inputs=True)


def why(context: typer.Context, job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Say why a job waits, where it is in the queue, when it may start, and whether it will be tried again."""
    with connect(context) as client:
        job = client.jobs.get(job_id)
        if as_json:
            terminal.print_json({"id": job["id"], "status": job["status"], "pending": job["pending"], "retry": job["retry"]})
        else:
            job_view.print_why(terminal.out(), job)


def change(
    context: typer.Context,
    job_id: JobId,
    *,
    priority: Annotated[int | None, typer.Option(metavar="N", help="Lower numbers run earlier.", min=1)] = None,
    timeout: Annotated[int | None, typer.Option(metavar="SECONDS", help="How long the next try may run.", min=1)] = None,
    not_before: Annotated[
        str | None, typer.Option(metavar="TIME", help="Do not start before this time; `now` takes it back.")
    ] = None,
    set_labels: Annotated[
        list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="Label to set; `KEY=` removes it (repeatable).")
    ] = None,
) -> None:
    """Change a job that waits in the queue; labels at any time."""
    changes: JobChange = {}
    if priority is not None:
        changes["priority"] = priority
    if timeout is not None:
        changes["timeout"] = timeout
    if not_before is not None:
        changes["not_before"] = None if not_before == "now" else not_before
    if set_labels:
        changes["labels"] = {key: value or None for key, value in (arguments.pair(text, "--label") for text in set_labels)}
    with connect(context) as client:
        job_view.print_why(terminal.out(), client.jobs.change(job_id, **changes))


def _first(client: Client, query: JobQuery, limit: int) -> Page[Job]:
    """The first `limit` jobs in the envelope of their first page."""
    first = client.jobs.list(page_size=min(limit, MOST), **query)
    jobs = first["results"] if limit <= MOST else [*_up_to(limit, client.jobs.all(**query))]
    return {**first, "results": jobs}


def _up_to(limit: int | None, jobs: Iterator[Job]) -> Iterator[Job]:
    # Nobody has more jobs than that, and Python does not count further.
    return islice(jobs, None if limit is None else min(limit, sys.maxsize))


def _table(jobs: list[Job]) -> Table:
    columns = ("ID", "TYPE", "STATUS", "QUEUED", "STARTED", "TOOK", "NODE", "ERROR")
    spare = ("NODE", "QUEUED", "STARTED", "TOOK", "ERROR")
    table = tables.table(*columns, right=("ID", "TOOK"), elastic=("TYPE", "NODE", "ERROR"), spare=spare)
    for job in jobs:
        table.add_row(
            str(job["id"]),
            f"{job['job_type']['name']}:{job['job_type']['version']}",
            terminal.status(job["status"]),
            formatting.instant(job["queued"]),
            formatting.instant(job["started"]),
            job_view.took(job),
            job["node"]["hostname"] if job["node"] else "",
            job["error"]["name"] if job["error"] else "",
        )
    return table
