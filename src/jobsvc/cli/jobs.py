"""`jobsvc jobs` and `jobsvc show`."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import job_view, screen, words
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JobId, JsonFlag, PageNumber, PageSize, Quiet
from jobsvc.cli.session import connect
from jobsvc.client.models import Job, Page
from jobsvc.client.paging import MAX_PAGE_SIZE, items

NEWEST_FIRST = ["-id"]
TIME = "ISO-8601 time, or duration before now such as PT1H."


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command("jobs")(list_jobs)
    app.command()(show)


def list_jobs(
    context: typer.Context,
    *,
    status: Annotated[list[str] | None, typer.Option("--status", "-s", help="Only these statuses (repeatable).")] = None,
    job_type: Annotated[list[str] | None, typer.Option("--type", "-t", help="Only types of these names (repeatable).")] = None,
    started: Annotated[str | None, typer.Option(metavar="T", help=f"Changed at T or later: {TIME}")] = None,
    ended: Annotated[str | None, typer.Option(metavar="T", help="Changed at T or earlier.")] = None,
    order: Annotated[list[str] | None, typer.Option(metavar="F", help="Sort key, -F descending (repeatable). [-id]")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", help="The first N, instead of a page.", min=1)] = None,
    page: PageNumber = 1,
    page_size: PageSize = 20,
    as_json: JsonFlag = False,
    quiet: Quiet = False,
) -> None:
    """List jobs, the newest first."""
    with connect(context) as client:
        fetch = partial(
            client.jobs.list,
            statuses=[word.upper() for word in status or []],
            type_names=job_type or [],
            started=started,
            ended=ended,
            order=order or NEWEST_FIRST,
        )
        found = fetch(page=page, page_size=page_size) if limit is None else _first(fetch, limit)
    if quiet:
        print(*(job["id"] for job in found["results"]), sep="\n")
    else:
        print_page(found, _table, as_json=as_json)


def show(context: typer.Context, job_id: JobId, *, as_json: JsonFlag = False) -> None:
    """Show a job: its times, its error, its input and output."""
    with connect(context) as client:
        job = client.jobs.get(job_id)
        if as_json:
            screen.print_json(job)
        else:
            job_view.print_job(screen.out(), client, job, inputs=True)


def _first(fetch: Callable[..., Page[Job]], limit: int) -> Page[Job]:
    """The first `limit` jobs in the envelope of their first page."""
    size = min(limit, MAX_PAGE_SIZE)
    first = fetch(page=1, page_size=size)
    every = items(lambda number: first if number == 1 else fetch(page=number, page_size=size))
    return {**first, "results": list(islice(every, limit))}


def _table(jobs: list[Job]) -> Table:
    columns = ("ID", "TYPE", "STATUS", "QUEUED", "STARTED", "TOOK", "NODE", "ERROR")
    table = screen.table(*columns, right=("ID", "TOOK"), elastic=("TYPE", "NODE", "ERROR"))
    for job in jobs:
        table.add_row(
            str(job["id"]),
            f"{job['job_type']['name']}:{job['job_type']['version']}",
            screen.status(job["status"]),
            words.instant(job["queued"]),
            words.instant(job["started"]),
            job_view.took(job),
            job["node"]["hostname"] if job["node"] else "",
            job["error"]["name"] if job["error"] else "",
        )
    return table
