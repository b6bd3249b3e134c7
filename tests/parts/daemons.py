"""Starts the daemons of a part below their watcher, and waits until the part is ready."""

import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.parts import watcher
from tests.waiting import until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where daemons are, also for those whose own PATH has no `sbin`."""
START_LIMIT = 120.0  # seconds; 2 are usual
_SHOWN_LINES = 15
_LONGEST_SOCKET = 107  # bytes of a path, of which the kernel wants one more for its end


class PartUnavailable(RuntimeError):
    """This machine cannot run a part; the text says in one line why, and what helps."""


class PartFailed(RuntimeError):
    """A part is there and does not start; the text ends with what its daemons said."""


@dataclass(frozen=True)
class Part:
    """What runs: each daemon in the foreground, by name; the socket of a container runtime, whose containers go at the end.

    `restored` are files of the kernel, and what is to be in them when the part has ended.
    """

    daemons: Mapping[str, Sequence[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    socket: str | None = None
    restored: Mapping[str, str] = field(default_factory=dict)


def program(name: str, package: str) -> str:
    """The path of a program; PartUnavailable names the package of Debian and Ubuntu that has it."""
    path = shutil.which(name, path=PATH)
    if path is None:
        raise PartUnavailable(f"{name} is not installed (apt-get install {package})")
    return path


def socket_in(directory: Path, name: str) -> Path:
    """Where a socket can be bound; PartUnavailable when the path is too long for one."""
    path = directory / name
    if len(str(path)) > _LONGEST_SOCKET:
        raise PartUnavailable(f"the temporary directory has too long a path for a socket: {path} (set TMPDIR)")
    return path


def is_listening(path: Path) -> bool:
    """Whether somebody listens on a socket; the OSError says why not."""
    with closing(socket.socket(socket.AF_UNIX)) as knocking:
        knocking.connect(str(path))
    return True


def run_part(directory: Path, part: Part, owner_gone: int, is_ready: Callable[[], bool]) -> None:
    """Start a part and return once it is ready.

    Args:
        directory: of the part alone, made already; the watcher removes it at the end.
        part: what to run.
        owner_gone: the read end of a pipe: at its end of file the part ends.
        is_ready: looks whether it can be used; an OSError means that it cannot yet.

    Raises `PartFailed`; nothing runs then.

    """
    environment = {"PATH": PATH, "LC_ALL": "C", "HOME": str(directory), "TMPDIR": str(directory), **part.environment}
    (directory / "part.json").write_text(json.dumps(asdict(part) | {"environment": environment}))
    pid = _watch(directory, owner_gone)
    try:
        _await(directory, is_ready)
    except BaseException:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)
        raise


def _watch(directory: Path, owner_gone: int) -> int:
    """No `subprocess.Popen`: a part outlives the test process that happened to start it."""
    written = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_DUP2, owner_gone, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(directory / "watcher.log"), written, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    words = [sys.executable, "-I", "-S", watcher.__file__, str(directory)]
    return os.posix_spawn(sys.executable, words, {"PATH": PATH}, file_actions=actions, setsid=True)


def _await(directory: Path, is_ready: Callable[[], bool]) -> None:
    def is_ready_or_ended() -> bool:
        if has_ended.exists():
            return True
        with suppress(OSError):
            return is_ready()
        return False

    has_ended = directory / "ended"
    try:
        until(is_ready_or_ended, START_LIMIT)
    except AssertionError as error:
        raise _failure(directory) from error
    if has_ended.exists():
        raise _failure(directory)


def _failure(directory: Path) -> PartFailed:
    return PartFailed("\n  ".join([f"{directory.name} did not start.", *_said(directory)]))


def _said(directory: Path) -> list[str]:
    """The last lines of what each process below the watcher, and the watcher, wrote."""
    files = [directory / "ended", *sorted(directory.glob("*.log"))]
    return [
        f"{file.name}: {line}"
        for file in files
        if file.exists()
        for line in file.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
    ]
