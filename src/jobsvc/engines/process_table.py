"""The processes of this host: from /proc on Linux, from `ps` on other Unix systems."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PS = ("ps", "-o", "pid=,pgid=,stat=,lstart=")


@dataclass(frozen=True)
class Process:
    """A process; one that has ended and only waits to be reaped is a zombie.

    Start times of one host can be compared for equality and no more. `session` is None where the system does
    not tell it.
    """

    pid: int
    group: int
    session: int | None
    zombie: bool
    start_time: str


def all_processes() -> list[Process]:
    """Every process that can be seen, zombies included."""
    return list(_from_proc() if _has_proc() else from_ps("-A"))


def find_process(pid: int) -> Process | None:
    """The process of this id; None when there is none."""
    if _has_proc():
        return _read_stat(pid)
    return next(from_ps("-p", str(pid)), None)


def from_ps(*selection: str) -> Iterator[Process]:
    """The processes that `ps` lists; it has no portable word for the session."""
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    command = [*_PS, *selection]
    listing = subprocess.run(command, env=environment, capture_output=True, check=False, text=True)  # noqa: S603
    for line in listing.stdout.splitlines():
        pid, group, state, start_time = line.split(None, 3)
        yield Process(int(pid), int(group), None, state.startswith("Z"), start_time.strip())


def _has_proc() -> bool:
    return (_PROC / "self" / "stat").exists()


def _from_proc() -> Iterator[Process]:
    for entry in _PROC.iterdir():
        if entry.name.isdecimal() and (process := _read_stat(int(entry.name))):
            yield process


def _read_stat(pid: int) -> Process | None:
    # A process may end at any time, also while its file is open.
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return _parse_stat(pid, (_PROC / str(pid) / "stat").read_bytes())
    return None


def _parse_stat(pid: int, stat: bytes) -> Process:
    # The second field is the program's name in parentheses, and may hold parentheses and spaces itself.
    state, _, group, session, *more = stat[stat.rindex(b")") + 2 :].decode("ascii").split()
    return Process(pid, int(group), int(session), state in {"Z", "X"}, start_time=more[15])
