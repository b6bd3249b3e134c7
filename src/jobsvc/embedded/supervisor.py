"""A running server of this process: a watcher and, below it, the postmaster."""

import os
import subprocess
import sys
from pathlib import Path

from jobsvc.embedded import watcher
from jobsvc.file_lock import PrivateDescriptor

_STOP_LIMIT = 35.0  # seconds; the watcher gives up after 30


class Supervisor:
    """Runs a postmaster below a watcher, for as long as this process lives and does not stop it.

    Args:
        command: the command line of the postmaster.
        log: the file that takes what it says.
        lock: the descriptor of the held server lock, which the watcher and all of the server go on holding.

    """

    def __init__(self, command: list[str], log: Path, lock: int) -> None:
        owner_gone, alive = os.pipe()
        self._alive = PrivateDescriptor(alive)
        try:
            self._watcher = _run_watcher(command, log, owner_gone, lock)
        except BaseException:
            self._alive.close()
            raise
        finally:
            os.close(owner_gone)

    def is_running(self) -> bool:
        """Whether the postmaster runs and is being watched."""
        return self._watcher.poll() is None

    def stop(self) -> None:
        """Shut the server down and wait for it: connections are cut, what was committed is on the disk."""
        self._alive.close()
        try:
            self._watcher.wait(_STOP_LIMIT)
        except subprocess.TimeoutExpired:  # somebody stopped it with SIGSTOP, say
            self._watcher.kill()
            self._watcher.wait()


def _run_watcher(command: list[str], log: Path, owner_gone: int, lock: int) -> subprocess.Popen[bytes]:
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as output:
        return subprocess.Popen(  # noqa: S603 - our own bundled program
            # Neither the environment nor site-packages: it shall be small and start fast.
            [sys.executable, "-I", "-S", watcher.__file__, *command],
            stdin=owner_gone,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            pass_fds=[lock],
            start_new_session=True,  # Ctrl-C is for the owner, which needs the server to finish its work
        )
