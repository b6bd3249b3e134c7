"""The input of a job from the command line: values, files that the service knows, and local files, which are uploaded."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from jobsvc.cli import arguments, terminal
from jobsvc.cli.codes import UsageProblem
from jobsvc.client import Client
from jobsvc.client.models import Data, File, JobTypeDetails

ID_PREFIX = "id:"


@dataclass(frozen=True)
class FileInput:
    """A file for the input `name`: the id of one that the service knows, or a local path."""

    name: str
    source: int | Path


def parse_file(text: str) -> FileInput:
    """Read `NAME=PATH` or `NAME=id:12`."""
    name, source = arguments.pair(text, "--input")
    number = source.removeprefix(ID_PREFIX)
    if source.startswith(ID_PREFIX) and number.isascii() and number.isdigit():
        return FileInput(name, int(number))
    if not Path(source).is_file():
        raise UsageProblem(f"--input {text}: file not found (values, such as numbers, go with --json {text})")
    return FileInput(name, Path(source))


def check_names(names: Iterable[str], job_type: JobTypeDetails) -> None:
    """Refuse names that the job type does not have: the service would ignore them."""
    inputs = job_type["manifest"]["job"].get("interface", {}).get("inputs", {})
    known = [item["name"] for kind in ("files", "json") for item in inputs.get(kind, [])]
    for name in names:
        if name not in known:
            has = f"it has {', '.join(known)}" if known else "it has none"
            raise UsageProblem(f"{job_type['name']} {job_type['version']} has no input {name}; {has}")


def data_of(client: Client, files: Sequence[FileInput], values: Iterable[tuple[str, str]]) -> Data:
    """The input document; uploads what is local."""
    paths = [file.source for file in files if isinstance(file.source, Path)]
    uploaded = iter(upload(client, paths))
    ids: dict[str, list[int]] = {}
    for file in files:
        file_id = file.source if isinstance(file.source, int) else next(uploaded)["id"]
        ids.setdefault(file.name, []).append(file_id)
    return {"files": ids, "json": {name: arguments.json_value(text) for name, text in values}}


def upload(client: Client, paths: Sequence[Path], workspace: str | None = None, media_type: str | None = None) -> list[File]:
    """Upload local files, with a bar for each on a terminal."""
    console = terminal.err()
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        return [
            client.files.upload(path, workspace=workspace, media_type=media_type, on_chunk=_counter(progress, path))
            for path in paths
        ]


def _counter(progress: Progress, path: Path) -> Callable[[int], None]:
    """A new bar, and the function that moves it on by so many bytes."""
    task = progress.add_task(path.name, total=path.stat().st_size)
    return lambda size: progress.advance(task, size)
