"""What the first process of a container owes the others.

The kernel makes it the parent of all orphans, to reap them, and lets it ignore every signal that it does not handle.
So it does this only, and the service runs as its child.
"""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

INIT = 1
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def is_init() -> bool:
    """Whether this process is the first one."""
    return os.getpid() == INIT


def run_as_child(command: Sequence[str]) -> int:
    """Run a command and reap all that dies meanwhile; return the exit code, that of a shell for a signal."""
    early: list[int] = []  # what came before there was a child
    for item in PASSED_ON:
        signal.signal(item, lambda number, _: early.append(number))
    unblock()
    child = os.posix_spawn(command[0], list(command), os.environ)

    def pass_on(number: int, _: object) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    for entry in PASSED_ON:
        signal.signal(entry, pass_on)
    for number in early:
        pass_on(number, None)
    return _reap_until(child)


def unblock() -> None:
    """Take the signals that came while the interpreter started, if whoever started it has blocked them until here.

    The kernel drops a signal for the first process that has no handler yet, and keeps one that is blocked (see the Dockerfile).
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)


def _reap_until(child: int) -> int:
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def again() -> list[str]:
    """The command that this process is."""
    return [sys.executable, "-m", "jobsvc", *sys.argv[1:]]
