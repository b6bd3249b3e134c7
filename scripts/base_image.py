"""Makes a small base image of what is on this machine, for places where no image can be pulled.

`python -m scripts.base_image [--python [PROGRAM]] TARGET.tar` writes an archive with the static busybox as `sh` and as all
the small commands and, when asked, a Python with its standard library. `docker import TARGET.tar NAME` or `podman import`
makes an image of it. Nothing in it has to be written to or to be root's.
"""

import argparse
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path

SYSTEM_PYTHON = Path("/usr/bin/python3")
"""One that lies where everybody may read, and needs nothing but what its distribution put there."""

_USERS = "root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"
_GROUPS = "root:x:0:\nnogroup:x:65534:\n"
_DIRECTORIES = {"bin": 0o755, "dev": 0o755, "etc": 0o755, "proc": 0o755, "sys": 0o755, "tmp": 0o1777, "usr/bin": 0o755}
_LEFT_OUT = re.compile(r"^(?:test|tests|ensurepip|idlelib|lib2to3|tkinter|turtledemo|dist-packages|site-packages|config-.*)$")
"""Parts of a standard library that no job needs."""

_WHERE = "import json, sys, sysconfig; print(json.dumps([sys.executable, sysconfig.get_path('stdlib')]))"


class ImageUnavailable(RuntimeError):
    """This machine lacks what the image is made of; the text says what."""


def build(target: Path, python: Path | None = None) -> None:
    """Write the archive of an image.

    Args:
        target: the file, which is whole or not there.
        python: an interpreter that the image gets as well, at the same place and as `/usr/bin/python3`.

    Raises `ImageUnavailable`.

    """
    draft = target.with_name(f"{target.name}.new")
    try:
        with tarfile.open(draft, "w") as archive:
            _add_base(archive)
            if python is not None:
                _add_python(archive, python)
            _add_parents(archive)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def _add_base(archive: tarfile.TarFile) -> None:
    busybox = _static_busybox()
    for name, mode in _DIRECTORIES.items():
        archive.addfile(_entry(name, tarfile.DIRTYPE, mode))
    for name, text in {"etc/passwd": _USERS, "etc/group": _GROUPS}.items():
        entry = _entry(name, tarfile.REGTYPE, 0o644)
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text.encode()))
    archive.add(busybox, "bin/busybox", filter=_owned_by_root)
    for command in [name for name in _said_by(busybox, "--list").split() if name != "busybox"]:
        archive.addfile(_link(f"bin/{command}", "/bin/busybox"))
    archive.addfile(_link("usr/bin/env", "/bin/busybox"))  # the first line of many scripts


def _static_busybox() -> Path:
    program = shutil.which("busybox")
    if program is None:
        raise ImageUnavailable("busybox is not installed")
    if _libraries(Path(program)):
        raise ImageUnavailable(f"{program} is not a static busybox")
    return Path(program)


def _add_python(archive: tarfile.TarFile, python: Path) -> None:
    if not python.exists():
        raise ImageUnavailable(f"there is no {python}")
    program, library = map(Path, json.loads(_said_by(python, "-I", "-c", _WHERE)))
    archive.add(program.resolve(), _inside(program), filter=_owned_by_root)
    if program != SYSTEM_PYTHON:
        archive.addfile(_link(_inside(SYSTEM_PYTHON), str(program)))
    archive.add(library, _inside(library), filter=_needed_by_jobs(library))
    extensions = [file for file in (library / "lib-dynload").glob("*.so") if not file.name.startswith("_test")]
    for file in sorted({shared for item in (program, *extensions) for shared in _libraries(item)}):
        archive.add(file.resolve(), _inside(file), filter=_owned_by_root)


def _needed_by_jobs(library: Path) -> Callable[[tarfile.TarInfo], tarfile.TarInfo | None]:
    depth = len(library.parts) - 1

    def needed(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        below = Path(entry.name).parts[depth:]
        return None if below and _LEFT_OUT.match(below[0]) else _owned_by_root(entry)

    return needed


def _add_parents(archive: tarfile.TarFile) -> None:
    """Directories of which nothing is said: Docker's storage driver `vfs` would make them for root alone."""
    names = {name.rstrip("/") for name in archive.getnames()}
    parents = {str(parent) for name in names for parent in Path(name).parents} - names - {"."}
    for name in sorted(parents):
        archive.addfile(_entry(name, tarfile.DIRTYPE, 0o755))


def _libraries(program: Path) -> list[Path]:
    """The shared libraries of a program of this machine, the loader among them."""
    shown = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return [Path(name) for name in re.findall(r"(/\S+) \(0x", shown.stdout)]


def _said_by(program: Path, *arguments: str) -> str:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout  # noqa: S603


def _inside(path: Path) -> str:
    return str(path).lstrip("/")


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = kind, mode
    return entry


def _link(name: str, target: str) -> tarfile.TarInfo:
    entry = _entry(name, tarfile.SYMTYPE, 0o777)
    entry.linkname = target
    return entry


def _owned_by_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = "root"
    return entry


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m scripts.base_image", description=__doc__)
    parser.add_argument("target", type=Path, help="the archive to write")
    parser.add_argument("--python", type=Path, nargs="?", const=SYSTEM_PYTHON, help="put this Python in as well")
    provided = parser.parse_args(arguments)
    try:
        build(provided.target, provided.python)
    except ImageUnavailable as error:
        sys.exit(f"No image: {error}.")
    print(f"{provided.target}: {provided.target.stat().st_size / 2**20:.0f} MiB; `docker import` makes an image of it.")


if __name__ == "__main__":
    main()
