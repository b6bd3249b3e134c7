"""A process of the service: `jobsvc serve` or `jobsvc worker`."""

import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import IO


class ChildProcess:
    """A child process that can be started again; it ends when this process does."""

    def __init__(
        self,
        command: str,
        environment: Mapping[str, str],
        output: IO[bytes] | None,
        sockets: Sequence[socket.socket] = (),
        number: int | None = None,
    ) -> None:
        """`number` tells processes of the same command apart."""
        self.name = command if number is None else f"{command}-{number}"
        self._command = [command, "--with-parent", *([] if number is None else [f"--name={self.name}"])]
        self._environment = dict(environment)
        self._output = output
        self._sockets = sockets
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The id of the process that was started last."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Run `jobsvc COMMAND`; the pipe on its stdin closes when this process is gone.

        Raises:
            OSError: The file system refuses.
        """
        self._close_pipe()
        numbers = [item.fileno() for item in self._sockets]
        command = [sys.executable, "-m", "jobsvc", *self._command, *(f"--socket={number}" for number in numbers)]
        # A session of its own: Ctrl-C is for this process, which then stops the parts in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command,
            stdin=subprocess.PIPE,
            stdout=self._output,
            stderr=self._output,
            env=self._environment,
            pass_fds=numbers,
            start_new_session=True,
        )

    def is_running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def was_killed(self) -> bool:
        """Whether a signal ended the process, and not the process itself."""
        return self._process is not None and (self._process.returncode or 0) < 0

    def ending(self) -> str:
        """How the process ended."""
        code = None if self._process is None else self._process.returncode
        if code is None:
            return "it does not run"
        return f"it was killed by {_signal_name(-code)}" if code < 0 else f"it ended with exit code {code}"

    def stop(self) -> None:
        """Ask the process to end; `join` waits for it."""
        if self._process is not None and self.is_running():
            self._process.terminate()

    def join(self, seconds: float) -> bool:
        """Wait until the process has ended, killing it when time is up; False when that was necessary."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        finally:
            self._close_pipe()
        return True

    def _close_pipe(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
