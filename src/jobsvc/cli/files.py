"""`jobsvc files`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from jobsvc.cli import arguments, formatting, inputs, tables, terminal
from jobsvc.cli.codes import UsageProblem
from jobsvc.cli.listing import print_page
from jobsvc.cli.options import FileId, JsonFlag, PageNumber, PageSize
from jobsvc.cli.session import connect
from jobsvc.client import Client
from jobsvc.client.models import File

MediaType = Annotated[str | None, typer.Option("--media-type", help="Media type; without it, guessed from the file name.")]
WorkspaceName = Annotated[str | None, typer.Option("--workspace", metavar="NAME", help="Workspace.")]


def register(app: typer.Typer) -> None:
    """Put the group on the command line."""
    group = typer.Typer(help="Files: list, add, register, show, get.")
    group.command("list")(list_files)
    group.command()(add)
    group.command("register")(register_file)
    group.command()(show)
    group.command()(get)
    app.add_typer(group, name="files")


def list_files(
    context: typer.Context,
    *,
    name: Annotated[str | None, typer.Option(metavar="FILE", help="Only files with this name.")] = None,
    workspace: WorkspaceName = None,
    page: PageNumber = 1,
    page_size: PageSize = 100,
    as_json: JsonFlag = False,
) -> None:
    """List files."""
    with connect(context) as client:
        workspace_id = None if workspace is None else _workspace_id(client, workspace)
        result = client.files.list(name=name, workspace_id=workspace_id, page=page, page_size=page_size)
    print_page(result, _table, as_json=as_json)


def add(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Local files.", exists=True, dir_okay=False)],
    *,
    workspace: WorkspaceName = None,
    media_type: MediaType = None,
    as_json: JsonFlag = False,
) -> None:
    """Upload local files."""
    with connect(context) as client:
        _print(inputs.upload(client, paths, workspace, media_type), as_json=as_json)


def register_file(
    context: typer.Context,
    workspace: Annotated[str, typer.Argument(metavar="WORKSPACE", help="Name of the workspace.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="Path of the file within the workspace.")],
    *,
    media_type: MediaType = None,
    as_json: JsonFlag = False,
) -> None:
    """Register an existing file of a workspace."""
    with connect(context) as client:
        _print([client.files.register(workspace, path, media_type)], as_json=as_json)


def show(context: typer.Context, file_id: FileId, *, as_json: JsonFlag = False) -> None:
    """Show a file: name, size, path and URL."""
    with connect(context) as client:
        file = client.files.get(file_id)
    if as_json:
        terminal.print_json(file)
    else:
        terminal.out().print(_record(file))


def get(
    context: typer.Context,
    file_id: FileId,
    *,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE|-", help="Target file, - for stdout; default: the name of the file."),
    ] = None,
) -> None:
    """Download a file."""
    with connect(context) as client:
        if output == arguments.STDIN:
            _copy(client.files.content(file_id))
            return
        path = Path(output) if output else _free(Path(Path(client.files.get(file_id)["file_name"]).name))
        _save(client.files.content(file_id), path)
    terminal.err().print(f"{path}, {formatting.size(path.stat().st_size)}")


def _copy(chunks: Iterable[bytes]) -> None:
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
    sys.stdout.buffer.flush()


def _save(chunks: Iterable[bytes], path: Path) -> None:
    """Write under another name first: what has the name is complete."""
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.writelines(chunks)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _free(path: Path) -> Path:
    """The path, unless a file is there that nobody asked to replace."""
    if path.exists():
        raise UsageProblem(f"{path} already exists; choose another file with -o")
    return path


def _workspace_id(client: Client, name: str) -> int:
    result = client.workspaces.find(name)
    if result is None:
        raise UsageProblem(f"there is no workspace {name}")
    return result["id"]


def _print(files: list[File], *, as_json: bool) -> None:
    if as_json:
        terminal.print_json(files[0] if len(files) == 1 else files)
    else:
        terminal.out().print(_table(files))


def _table(files: list[File]) -> Table:
    columns = ("ID", "NAME", "SIZE", "TYPE", "WORKSPACE", "CREATED")
    spare = ("TYPE", "WORKSPACE", "CREATED", "SIZE")
    table = tables.table(*columns, right=("ID", "SIZE"), elastic=("NAME", "TYPE"), spare=spare)
    for file in files:
        size, created = formatting.size(file["file_size"]), formatting.instant(file["created"])
        table.add_row(str(file["id"]), file["file_name"], size, file["media_type"], file["workspace"]["name"], created)
    return table


def _record(file: File) -> Table:
    """One file, with its place and address."""
    rows = [
        ("name", file["file_name"]),
        ("size", f"{formatting.size(file['file_size'])} ({file['file_size']} bytes)"),
        ("type", f"{file['media_type']}, {file['file_type']}"),
        ("path", f"{file['file_path']} in the workspace {file['workspace']['name']}"),
        ("created", formatting.instant(file["created"])),
        ("see", file["url"] or ""),
    ]
    return terminal.record(rows)
