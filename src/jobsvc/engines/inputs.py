"""Lays out the input files of an execution under names that its job can rely on."""

import os
import stat
from collections.abc import Container, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from jobsvc.engines.job_user import can_read
from jobsvc.ports.engine import InputFile
from jobsvc.storage.copying import copy
from jobsvc.storage.regular import open_regular


class MissingFile(Exception):
    """An input file is not where it should be."""

    def __init__(self, file: InputFile) -> None:
        super().__init__(f"the input file {file.id} ({file.file_name}) is missing")


def link_inputs(directory: Path, inputs: Mapping[str, Iterable[InputFile]], user: int | None = None) -> dict[str, list[str]]:
    """Link every file to `directory/<input>/<file name>` and return the links by input name.

    Links cost nothing, whatever the size of a file, and symbolic ones reach across file systems. What `user`, unless it
    is None, cannot read where it lies is handed over: as a hard link if it may be read by everyone, else as a copy.
    MissingFile, OSError.
    """
    return {name: _link(directory / _inside(name), files, user) for name, files in inputs.items()}


def arrange(files: Iterable[InputFile]) -> dict[str, Path]:
    """The files of one input under names that are all different: a second one of a name has its id and a dot before it.

    Raises:
        MissingFile: A file is not where it should be.
    """
    names = named(files)
    for file in names.values():
        if not file.path.is_file():
            raise MissingFile(file)
    return {name: file.path for name, file in names.items()}


def named(files: Iterable[InputFile]) -> dict[str, InputFile]:
    """The same, wherever the files are."""
    names: dict[str, InputFile] = {}
    for file in files:
        names[_free_name(file, names)] = file
    return names


def _link(directory: Path, files: Iterable[InputFile], user: int | None) -> list[str]:
    directory.mkdir(mode=0o700)
    links = []
    for name, path in arrange(files).items():
        link = directory / name
        if user is None or can_read(user, path.absolute()):
            link.symlink_to(path.absolute())
        else:
            _pass_on(path, link)
        links.append(str(link))
    return links


def _pass_on(path: Path, link: Path) -> None:
    source = open_regular(path)
    try:
        # Never one that the job could write to, or that has become its own.
        if stat.S_IMODE(os.fstat(source).st_mode) & 0o006 == stat.S_IROTH:
            with suppress(OSError):  # of another file system, perhaps
                # With a descriptor, for only then Python asks the system to follow the link in /proc.
                os.link(f"/proc/self/fd/{source}", link, src_dir_fd=source, follow_symlinks=True)
                return
        target = os.open(link, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o400)
        try:
            copy(source, target)
        finally:
            os.close(target)
    finally:
        os.close(source)


def _free_name(file: InputFile, taken: Container[str]) -> str:
    name = _inside(file.file_name)
    while name in taken:
        name = f"{file.id}.{name}"
    return name


def _inside(name: str) -> str:
    """`name` such that it stays inside of its directory, whoever chose it."""
    flat = name.replace("/", "_").replace("\0", "_")
    return f"_{flat}" if flat in {"", ".", ".."} else flat
