"""Lays out the input files of an execution under names that its job can rely on."""

from collections.abc import Container, Iterable, Mapping
from pathlib import Path

from jobsvc.ports.engine import InputFile


class MissingFile(Exception):
    """An input file is not where it should be."""

    def __init__(self, file: InputFile) -> None:
        super().__init__(f"the input file {file.id} ({file.file_name}) is missing")


def link_inputs(directory: Path, inputs: Mapping[str, Iterable[InputFile]]) -> dict[str, list[str]]:
    """Link every file to `directory/<input>/<file name>`and return the links by input name.

    Links cost nothing, whatever the size of a file, and symbolic ones reach across file systems. MissingFile, OSError.
    """
    return {name: _link(directory / _inside(name), files) for name, files in inputs.items()}


def arrange(files: Iterable[InputFile]) -> dict[str, Path]:
    """The files of one input under names that are all different: a second one of a name has its id and a dot before it.

    Raises:
        MissingFile: A file is not where it should be.
    """
    names: dict[str, Path] = {}
    for file in files:
        if not file.path.is_file():
            raise MissingFile(file)
        names[_free_name(file, names)] = file.path
    return names


def _link(directory: Path, files: Iterable[InputFile]) -> list[str]:
    directory.mkdir(mode=0o700)
    links = []
    for name, path in arrange(files).items():
        link = directory / name
        link.symlink_to(path.absolute())
        links.append(str(link))
    return links


def _free_name(file: InputFile, taken: Container[str]) -> str:
    name = _inside(file.file_name)
    while name in taken:
        name = f"{file.id}.{name}"
    return name


def _inside(name: str) -> str:
    """`name` such that it stays inside of its directory, whoever chose it."""
    flat = name.replace("/", "_").replace("\0", "_")
    return f"_{flat}" if flat in {"", ".", ".."} else flat
