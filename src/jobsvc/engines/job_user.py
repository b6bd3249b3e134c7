"""Users of their own for jobs of a worker that is root, and how this process looks at files with their rights only."""

import ctypes
import errno
import os
import platform
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom
from stat import S_ISREG
from typing import TypeVar

from jobsvc.file_lock import FileLock

T = TypeVar("T")
LOCKS = Path("/run/jobsvc-users")
"""A lock for each user that a job has, for all workers of this host."""
_SETGROUPS = {"x86_64": 116, "aarch64": 159, "riscv64": 159, "ppc64le": 81, "s390x": 206}.get(platform.machine())
_ASK = 2**32 - 1


@dataclass(frozen=True)
class JobUser:
    """A user, and a group of the same number, that no two running jobs of a host share."""

    id: int
    lock: FileLock


class JobUsers:
    """The users from `first` to `last`, of whom each job takes one."""

    def __init__(self, first: int, last: int, locks: Path = LOCKS) -> None:
        self._ids = range(first, last + 1)
        self._locks = locks

    def take(self) -> JobUser:
        """A user that no other job has, whatever its worker. BlockingIOError when there is none; OSError."""
        self._locks.mkdir(mode=0o700, exist_ok=True)
        begin = SystemRandom().randrange(len(self._ids))  # what another left is not met again soon
        for number in (*self._ids[begin:], *self._ids[:begin]):
            lock = FileLock(self._locks / str(number))
            if lock.acquire():
                return JobUser(number, lock)
        raise BlockingIOError(errno.EAGAIN, f"all users from {self._ids[0]} to {self._ids[-1]} run jobs")

    def problem(self, *places: Path) -> str:
        """Why jobs cannot run as these users: they have to reach these places; empty when they can."""
        if sys.platform != "linux" or _SETGROUPS is None:
            return "this system has no way to look at files with the rights of a job"
        if os.geteuid():
            return "only root can give users to jobs"
        try:
            return with_rights(self._ids[-1], lambda: _unreachable(places))
        except OSError as error:
            return f"user {self._ids[-1]} cannot be used here: {error}"


def with_rights(uid: int, work: Callable[[], T]) -> T:
    """Do something, in a thread that touches files as this user without any further group; raises what `work` raises.

    Blocks. OSError when this process may not, or the system refuses a thread.
    """
    results: list[T] = []
    problems: list[BaseException] = []

    def run() -> None:
        try:
            _become(uid)
            results.append(work())
        except BaseException as problem:  # noqa: BLE001 (the caller gets it)
            problems.append(problem)

    thread = threading.Thread(target=run)
    try:
        thread.start()
    except RuntimeError as refused:
        raise OSError(errno.EAGAIN, str(refused)) from refused
    thread.join()
    if problems:
        raise problems[0]
    return results[0]


def hand_over(root: Path, uid: int) -> None:
    """Make a directory the job's, before it runs: what is in it is its own, the directory itself it can only add to.

    A job cannot take the place of files that the service keeps there, and its group is nobody else's.
    """
    for directory, _, files in os.walk(root):
        if directory != str(root):
            os.chown(directory, uid, uid)
        for name in files:
            path = f"{directory}/{name}"
            facts = os.lstat(path)
            # A link to an input is the input itself.
            if facts.st_nlink == 1 and S_ISREG(facts.st_mode):
                os.chown(path, uid, uid)
    os.chown(root, 0, uid)
    root.chmod(0o1770)


def take_back(root: Path) -> None:
    """Close a job's directory to everybody but root."""
    os.chown(root, 0, 0)
    root.chmod(0o700)


def can_read(uid: int, path: Path) -> bool:
    """Whether this user can read a file at this path."""

    def is_opened() -> bool:
        try:
            os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:
            return False
        return True

    return with_rights(uid, is_opened)


def _unreachable(places: tuple[Path, ...]) -> str:
    for place in places:
        try:
            if place.is_dir():
                os.stat(f"{place}/.")  # noqa: PTH116 (which needs the right to enter it: pathlib would drop the dot)
            else:
                os.close(os.open(place, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            return f"users of jobs cannot reach {place}"
    return ""


def _become(uid: int) -> None:
    """Let this thread, and it alone, have the rights of a user where files are concerned.

    The wrappers of the C library would change all threads, except for those of the file system's ids.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(_SETGROUPS, 0, None):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for change in (libc.setfsgid, libc.setfsuid):
        change.argtypes = [ctypes.c_uint]
        change(uid)
        if change(_ASK) != uid:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
