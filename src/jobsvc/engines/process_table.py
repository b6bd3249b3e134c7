"""The processes of this host: from /proc on Linux, from psutil on other Unix systems.

On Linux /proc is read here, for the start time of a process is stored with its group and compared after restarts: the
kernel counts it from the boot, while psutil turns it into a time of day, which moves when the clock is set.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """A process; one that has ended and only waits to be reaped is a zombie.

    Start times of one host can be compared for equality and no more. `session` is None where the system does
    not show it.
    """

    pid: int
    group: int
    session: int | None
    zombie: bool
    start_time: str


def all_processes() -> list[Process]:
    """Every process that can be seen, zombies included."""
    return list(_from_proc() if _has_proc() else from_psutil())


def find_process(pid: int) -> Process | None:
    """The process of this id; None when there is none."""
    return _read_stat(pid) if _has_proc() else read_process(pid)


def from_psutil() -> Iterator[Process]:
    """The processes that psutil lists."""
    for pid in psutil.pids():
        if process := read_process(pid):
            yield process


def read_process(pid: int) -> Process | None:
    """What psutil says of a process; None when there is none, or it belongs to somebody else who hides it."""
    # A process may end at any time.
    with contextlib.suppress(psutil.Error, OSError):
        process = psutil.Process(pid)
        status, started = process.status(), process.create_time()
        return Process(pid, os.getpgid(pid), _session(pid), status == psutil.STATUS_ZOMBIE, f"{started:.6f}")
    return None


def _session(pid: int) -> int | None:
    with contextlib.suppress(PermissionError):  # some systems show only one's own
        return os.getsid(pid)
    return None


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
