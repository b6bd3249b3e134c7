"""`jobsvc workspaces`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import tables, terminal
from jobsvc.cli.codes import UsageProblem
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import JsonFlag, PageNumber, PageSize
from jobsvc.cli.session import connect
from jobsvc.client.models import Workspace


def register(app: typer.Typer) -> None:
    """Put the group on the command line."""
    group = typer.Typer(help="Workspaces: list, add.")
    group.command("list")(list_workspaces)
    group.command()(add)
    app.add_typer(group, name="workspaces")


def list_workspaces(
    context: typer.Context, *, page: PageNumber = 1, page_size: PageSize = 100, as_json: JsonFlag = False
) -> None:
    """List workspaces."""
    with connect(context) as client:
        print_page(client.workspaces.list(page=page, page_size=page_size), _table, as_json=as_json)


def add(
    context: typer.Context,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="Title; the name is derived from it.")],
    directory: Annotated[Path | None, typer.Argument(metavar="DIRECTORY", help="Directory of the service's host.")] = None,
    *,
    s3: Annotated[
        str | None, typer.Option("--s3", metavar="BUCKET[/PREFIX]", help="Bucket of the service's object store, in place of it.")
    ] = None,
    region: Annotated[str | None, typer.Option(metavar="NAME", help="Region of the bucket.")] = None,
    description: Annotated[str | None, typer.Option(metavar="TEXT", help="Description of the workspace.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Create a workspace from a directory or a bucket."""
    if (directory is None) == (s3 is None):
        raise UsageProblem("Name either a directory or, with --s3, a bucket.")
    with connect(context) as client:
        if directory is not None:
            created = client.workspaces.create(title, directory.absolute(), description)
        else:
            bucket, _, prefix = (s3 or "").partition("/")
            created = client.workspaces.create_in_bucket(title, bucket, prefix=prefix, region=region, description=description)
    if as_json:
        terminal.print_json(created)
    else:
        print(f"workspace {created['name']}, id {created['id']}")


def _table(workspaces: list[Workspace]) -> Table:
    table = tables.table("ID", "NAME", "TITLE", "ACTIVE", right=("ID",), elastic=("NAME", "TITLE"), spare=("TITLE", "ACTIVE"))
    for workspace in workspaces:
        table.add_row(
            str(workspace["id"]), workspace["name"], workspace["title"] or "", "yes" if workspace["is_active"] else "no"
        )
    return table
