"""The Unix socket: a directory for it that is private and fits, and whether a server answers there."""

import hashlib
import os
import re
import shutil
import socket
import struct
import tempfile
from pathlib import Path

from jobsvc.embedded.data_dir import DataDirPaths, make_private
from jobsvc.embedded.privileges import ServerUser

PORT = 5432
"""Part of the socket's file name; nothing listens on TCP."""

_SOCKET_NAME = f".s.PGSQL.{PORT}"
_PATH_LIMIT = 103  # bytes on macOS; Linux takes 107
# A comma separates directories in URLs and in PostgreSQL's settings; blanks would have to be quoted.
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./+-]+")
_ANSWER_LIMIT = 5.0  # seconds
_CANNOT_CONNECT_NOW = b"57P03"


def socket_directory(paths: DataDirPaths) -> Path:
    """Where the owner of the server put its socket."""
    return paths.run.resolve()


def prepare_sockets(paths: DataDirPaths, user: ServerUser) -> Path:
    """Make the directory of the socket, without old sockets: only for whoever holds the server lock."""
    directory = paths.run
    if fits(directory):
        if directory.is_symlink():  # the data directory was moved here
            directory.unlink()
    else:
        base = _short_base(paths)
        make_private(base)
        directory = base / "run"
        _link(paths.run, directory)
    user.make_directory(directory)
    # PostgreSQL would trust the pid in the lock file, which may by now be another process.
    for name in (_SOCKET_NAME, f"{_SOCKET_NAME}.lock"):
        (directory / name).unlink(missing_ok=True)
    return directory


def fits(directory: Path) -> bool:
    """Whether a socket can be bound in the directory and its path be written in an URL."""
    path = str(directory / _SOCKET_NAME)
    return len(os.fsencode(path)) <= _PATH_LIMIT and _PLAIN_PATH.fullmatch(path) is not None


def accepts_connections(paths: DataDirPaths) -> bool:
    """Whether the server takes connections now; False while it starts or stops."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_ANSWER_LIMIT)
            connection.connect(str(socket_directory(paths) / _SOCKET_NAME))
            connection.sendall(_startup_message())
            answer = connection.recv(1024)
    except OSError:
        return False
    # Asking for the password ("R") or refusing for another reason than starting up, it is there.
    return answer[:1] == b"R" or (answer[:1] == b"E" and _CANNOT_CONNECT_NOW not in answer)


def _startup_message() -> bytes:
    protocol = 3 << 16
    body = struct.pack("!i", protocol) + b"user\0jobsvc\0database\0jobsvc\0\0"
    return struct.pack("!i", len(body) + 4) + body


def _short_base(paths: DataDirPaths) -> Path:
    """Choose a short directory of our own, the same as before if there was one: URLs in use point to it."""
    name = f"jobsvc-{os.geteuid()}-{hashlib.sha256(os.fsencode(paths.root)).hexdigest()[:12]}"
    before = paths.run.readlink().parent if paths.run.is_symlink() else None
    if before and before.name == name and before.parent.is_dir():
        return before
    bases = [Path(folder).resolve() / name for folder in (tempfile.gettempdir(), "/tmp")]  # noqa: S108 - made private
    return next((base for base in bases if fits(base / "run")), bases[-1])


def _link(link: Path, target: Path) -> None:
    if link.is_dir() and not link.is_symlink():  # the data directory was moved here
        shutil.rmtree(link)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
