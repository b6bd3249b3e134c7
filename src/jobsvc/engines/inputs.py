"""Lays out the input files of an execution under names that its job can rely on."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from jobsvc.ports.engine import InputFile


class MissingFile(Exception):
    """An input file is not where it should be."""

    def __init__(self, file: InputFile) -> None:
        super().__init__(f"the input file {file.id} ({file.file_name}) is missing")


def link_inputs(directory: Path, inputs: Mapping[str, Iterable[InputFile]]) -> dict[str, list[str]]:
    """Link every file to `directory/<input>/<file name>`and return the links by input name.

    Links cost nothing, whatever the size of a file, and symbolic ones reach across file systems. A second
    file of the same name in one input has its id and a dot before its name. MissingFile, OSError.
    """
    return {name: _link(directory / _inside(name), files) for name, files in inputs.items()}


def _link(directory: Path, files: Iterable[InputFile]) -> list[str]:
    directory.mkdir(mode=0o700)
    links: dict[str, str] = {}
    for file in files:
        if not file.path.is_file():
            raise MissingFile(file)
        name = _free_name(file, links)
        link = directory / name
        link.symlink_to(file.path.absolute())
        links[name] = str(link)
    return list(links.values())


def _free_name(file: InputFile, taken: Mapping[str, str]) -> str:
    name = _inside(file.file_name)
    while name in taken:
        name = f"{file.id}.{name}"
    return name


def _inside(name: str) -> str:
    """`name` such that it stays inside of its directory, whoever chose it."""
    flat = name.replace("/", "_").replace("\0", "_")
    return f"_{flat}" if flat in {"", ".", ".."} else flat
