"""`jobsvc backup` and `jobsvc restore`: they work on the database and the disk, not through the API."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobsvc.cli.codes import ExitCode
from jobsvc.cli.service import chosen_settings, problems_in_one_line

if TYPE_CHECKING:
    from jobsvc.domain.backups import BackupManifest
    from jobsvc.services.backups.restoring import Restored

SHOWN = 10
"""Missing files that are named."""
Directory = Annotated[Path, typer.Argument(metavar="DIRECTORY", help="The directory of the backup.")]


def register(app: typer.Typer) -> None:
    """Put the commands on the command line."""
    app.command()(backup)
    app.command()(restore)


def backup(
    directory: Directory,
    *,
    leave_out: Annotated[
        list[str] | None,
        typer.Option(metavar="WORKSPACE", help="Save no files of this workspace, which is saved otherwise; may be repeated."),
    ] = None,
) -> None:
    """Save the database, the files that it names and the log lines that wait, into a new directory. The service may run.

    The backup has what the service keeps secret: digests of tokens, secrets of webhooks and of job types.
    """
    with _problems_in_one_line():
        manifest = asyncio.run(_save(directory.absolute(), leave_out or ()))
    files, size = sum(item.files for item in manifest.workspaces), sum(item.bytes for item in manifest.workspaces)
    print(f"saved schema {manifest.schema_revision} with {files} files ({size / 2**20:.1f} MiB) in {directory}")
    _name_missing(manifest, directory)
    if manifest.log_index:
        _note(f"log lines are in Elasticsearch: take a snapshot of its indices {manifest.log_index}-* as well")


def restore(
    directory: Directory,
    *,
    workspace: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DIRECTORY", help="Where the files of a workspace come to lie; may be repeated. [as they were]"
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="WORKSPACE", help="The files of this workspace are in place already; may be repeated."),
    ] = None,
    copy: Annotated[
        bool,
        typer.Option("--copy", help="The original lives on: take another installation id, and turn webhooks off."),
    ] = False,
) -> None:
    """Bring a backup back into an empty database and empty directories, at the newest schema.

    A restore that was broken off goes on when it is run again; until it is through, the service does not start.
    """
    with _problems_in_one_line():
        restored = asyncio.run(_restore(directory.absolute(), workspace or (), keep or (), is_copy=copy))
    manifest = restored.manifest
    print(f"restored the backup of {manifest.created:%Y-%m-%d %H:%M} UTC (jobsvc {manifest.version}) with {restored.files} files")
    for name, number in restored.missing.items():
        _note(f"{number} files of the workspace `{name}` are not where the database says")
    if manifest.log_index:
        _note(f"log lines were in Elasticsearch: restore its indices {manifest.log_index}-* from a snapshot")


async def _save(directory: Path, left_out: Sequence[str]) -> "BackupManifest":
    from jobsvc import backup_wiring

    async with backup_wiring.backup_service(chosen_settings()) as service:
        return await service.save(directory, left_out)


async def _restore(directory: Path, workspaces: Sequence[str], kept: Sequence[str], *, is_copy: bool) -> "Restored":
    from jobsvc import backup_wiring

    places = dict(map(_place, workspaces))
    async with backup_wiring.restore_service(chosen_settings(), places) as service:
        return await service.restore(directory, kept=kept, is_copy=is_copy)


def _place(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise typer.BadParameter(f"`{text}` is not NAME=DIRECTORY", param_hint="--workspace")
    return name, Path(path).absolute()


@contextmanager
def _problems_in_one_line() -> Iterator[None]:
    from jobsvc.domain.backups import BackupProblem

    with problems_in_one_line():
        try:
            yield
        except BackupProblem as exc:
            _note(str(exc))
            raise typer.Exit(ExitCode.FAILED) from exc


def _name_missing(manifest: "BackupManifest", directory: Path) -> None:
    from jobsvc.domain.backups import MISSING

    if not manifest.missing:
        return
    names = {item.id: item.name for item in manifest.workspaces}
    _note(f"{manifest.missing} files that the database names are not there; all of them are in {directory / MISSING}:")
    with (directory / MISSING).open(encoding="utf-8") as lines:
        for _, line in zip(range(SHOWN), lines, strict=False):
            number, path = json.loads(line)
            typer.echo(f"  {names[number]}: {path}", err=True)


def _note(sentence: str) -> None:
    typer.echo(f"jobsvc: {sentence}", err=True)
