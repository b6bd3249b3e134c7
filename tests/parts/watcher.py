"""The process above the daemons of one part: ends them, and all that they have started, when nobody needs them any more.

Run by file path with `python -I -S DIRECTORY`, so it imports nothing but the standard library. The directory holds
`part.json`, as `tests.parts.daemons` writes it. Standard input is a pipe whose other end the test run holds: its end of file
means that the run is over, however it ended. SIGTERM means the same.

Daemons, monitors of containers and steps of jobs leave their parents, so this process adopts whatever is orphaned below it,
and finds it all as its descendants.
"""

import contextlib
import ctypes
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

_OWNER = 0  # standard input
_IGNORED = (signal.SIGINT, signal.SIGHUP)
_PR_SET_CHILD_SUBREAPER = 36
_MNT_DETACH = 2
_ANSWER_SECONDS = 10.0
_REMOVE_SECONDS = 30.0
_TERMINATE_SECONDS = 10.0
_KILL_SECONDS = 20.0
_PAUSE = 0.02
_LIBC = ctypes.CDLL(None, use_errno=True)


def main(directory: Path) -> None:
    """Run the daemons until the owner is gone, then leave nothing of them."""
    os.chdir(directory)  # where some write files that they are done with
    part = json.loads((directory / "part.json").read_text())
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    wake = _signals()
    _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    daemons = {_spawn(command, directory / f"{name}.log", part["environment"]): name for name, command in part["daemons"].items()}
    is_owner_gone = _watch(wake, daemons, directory / "ended")
    _end(part, daemons)
    _restore(part["restored"])
    _unmount_below(directory)
    shutil.rmtree(directory, ignore_errors=True)
    if is_owner_gone:
        _remove_shared(directory.parent)


def _signals() -> int:
    """A descriptor that becomes readable when a child has ended, and at SIGTERM."""
    wake, signalled = os.pipe()
    os.set_blocking(signalled, False)
    signal.set_wakeup_fd(signalled)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return wake


def _spawn(command: list[str], log: Path, environment: dict[str, str]) -> int:
    written = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(log), written, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(command[0], command, environment, file_actions=actions, setsigdef=_IGNORED)


def _watch(wake: int, daemons: dict[int, str], ended: Path) -> bool:
    """Return whether the owner is gone, or else there was a SIGTERM; note which daemons have ended by then."""
    while True:
        ready, _, _ = select.select([_OWNER, wake], [], [])
        if _OWNER in ready or signal.SIGTERM in os.read(wake, 512):
            return _OWNER in ready
        for pid, code in _reap():
            if pid in daemons:
                with ended.open("a") as file:
                    file.write(f"{daemons.pop(pid)} ended with {code}\n")


def _reap() -> Iterator[tuple[int, int]]:
    with contextlib.suppress(ChildProcessError):
        while (result := os.waitpid(-1, os.WNOHANG))[0]:
            yield result[0], os.waitstatus_to_exitcode(result[1])


def _end(part: dict[str, Any], daemons: Collection[int]) -> None:
    _signal(daemons, signal.SIGCONT)  # a test may have stopped one, and be killed
    if part["socket"]:
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
            _remove_containers(part["socket"])
    _signal(daemons, signal.SIGTERM)
    _await_end(daemons, _TERMINATE_SECONDS)
    deadline = time.monotonic() + _KILL_SECONDS
    while (below := _descendants(os.getpid())) and time.monotonic() < deadline:
        _signal(below, signal.SIGKILL)
        _await_end(below, 1.0)


def _signal(pids: Collection[int], number: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _await_end(pids: Collection[int], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while set(pids) & _descendants(os.getpid()) and time.monotonic() < deadline:
        for _ in _reap():
            pass
        time.sleep(_PAUSE)
    for _ in _reap():
        pass


def _descendants(pid: int) -> set[int]:
    """All processes below one, but for those that have ended and only wait for their parent to notice."""
    children: dict[int, list[int]] = {}
    ended = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                children.setdefault(int(parent), []).append(int(entry.name))
                if state == "Z" and int(parent) != pid:
                    ended.add(int(entry.name))
    result, following = set(), [pid]
    while following:
        below = children.get(following.pop(), [])
        result.update(below)
        following.extend(below)
    return result - ended


class _Connection(http.client.HTTPConnection):
    """HTTP on the socket of a container runtime."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _remove_containers(path: str) -> None:
    deadline = time.monotonic() + _REMOVE_SECONDS
    for container in json.loads(_ask(path, "GET", "/containers/json?all=true")):
        if time.monotonic() < deadline:
            _ask(path, "DELETE", f"/containers/{container['Id']}?force=true&v=true")


def _ask(path: str, method: str, target: str) -> bytes:
    with contextlib.closing(_Connection(path)) as connection:
        connection.request(method, target)
        return connection.getresponse().read()


def _restore(contents: dict[str, str]) -> None:
    for file, content in contents.items():
        with contextlib.suppress(OSError):
            if Path(file).read_text() != content:
                Path(file).write_text(content)


def _unmount_below(directory: Path) -> None:
    for place in reversed([place for place in _mounts() if place.startswith(f"{directory}/")]):
        _LIBC.umount2(os.fsencode(place), _MNT_DETACH)


def _remove_shared(place: Path) -> None:
    """The last part removes the place of all parts: a test run that was killed cannot."""
    if (place / "alive").is_fifo() and not any(entry.is_dir() for entry in place.iterdir()):
        shutil.rmtree(place, ignore_errors=True)


def _mounts() -> list[str]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    return [re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), line.split()[4]) for line in lines]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
