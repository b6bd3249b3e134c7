"""The parent process of one postmaster: stops it as soon as the owner of the server is gone.

Run by file path with `python -I -S`, so it imports nothing but the standard library. Its standard input is
the read end of a pipe that only the owner can write to: end of file means that the owner is gone, however it
ended. That holds on every Unix, which `prctl` does not. It ends when its postmaster does, to notify the owner.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Sequence

ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath, "TZ": "UTC"}
"""What the programs of PostgreSQL see: neither the caller's PG* variables nor its locale."""

_OWNER = 0  # standard input
# A shutdown of the machine reaches us too, but the owner is to finish its work with the database first.
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
# Seconds: a fast shutdown writes a checkpoint; an immediate one kills what hangs after 5 s by itself.
_ESCALATION = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 8.0), (signal.SIGKILL, 2.0))


def main(command: Sequence[str]) -> None:
    """Run `command` (a postmaster) until it ends or the owner is gone, then stop it."""
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    wake = _child_signals()
    pid = _spawn(command)
    if _ended(pid, [_OWNER, wake], None):
        return
    for number, timeout in _ESCALATION:
        os.kill(pid, number)
        if _ended(pid, [wake], timeout):
            return


def _child_signals() -> int:
    """Make a descriptor that becomes readable whenever a child changes its state."""
    wake, signalled = os.pipe()
    os.set_blocking(signalled, False)
    signal.set_wakeup_fd(signalled)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return wake


def _spawn(command: Sequence[str]) -> int:
    null_input = (os.POSIX_SPAWN_OPEN, _OWNER, os.devnull, os.O_RDONLY, 0)
    return os.posix_spawnp(command[0], list(command), ENVIRONMENT, file_actions=[null_input], setsigdef=_IGNORED)


def _ended(pid: int, descriptors: Sequence[int], timeout: float | None) -> bool:
    """Wait for the child; False when the owner is gone (if its pipe is in `descriptors`) or time is up."""
    deadline = None if timeout is None else time.monotonic() + timeout
    while os.waitpid(pid, os.WNOHANG)[0] != pid:
        left = None if deadline is None else max(0.0, deadline - time.monotonic())
        ready, _, _ = select.select(descriptors, [], [], left)
        if not ready or _OWNER in ready:
            return False
        os.read(ready[0], 512)
    return True


if __name__ == "__main__":
    main(sys.argv[1:])
