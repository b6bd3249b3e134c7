"""The process of a job while it runs."""

import asyncio
import contextlib
import errno
import os
import subprocess
import threading
from collections.abc import Callable
from signal import SIGTERM
from typing import Protocol

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN, TASK_LAUNCH
from jobsvc.domain.outcome import Usage
from jobsvc.engines.launch import NOT_EXECUTABLE, NOT_FOUND, Launch, LaunchError
from jobsvc.engines.process_group import ProcessGroup

# The host is short of something that it may have again later.
_PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


KILL_SECONDS = 10.0
"""How long it is waited for a process to be gone that was killed."""


class Child(Protocol):
    """A process that was started as the leader of a new session and process group."""

    exited: asyncio.Event
    usage: Usage
    """What it and its descendants used, known once it was killed or stopped."""

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal, None when that is not known; not to be asked before it has ended."""

    @property
    def group(self) -> ProcessGroup | None:
        """The group that it leads; None before it has begun."""

    async def begin(self) -> None:
        """Wait until it runs; Refusal when it cannot."""

    async def stop(self, grace_seconds: float) -> None:
        """TERM to all that belongs to it, KILL for what is left after the grace time."""

    async def kill(self) -> None:
        """Kill what is left and wait until it is gone. Idempotent."""


Start = Callable[[int, int], Child]
"""Starts a process with its two outputs, which are the caller's to close. Refusal when that is impossible."""


class PlainChild:
    """A `Child` of this process, on systems where there are no supervisors: what leaves the group is not ended with it.

    Not asyncio's own: that one lets other tasks run between the start and its return, when a cancel may come,
    and how it waits for a process whose pipes stay open differs between versions of Python and event loops.
    """

    def __init__(self, launch: Launch, stdout: int, stderr: int) -> None:
        """Start it; the pipes' ends are the caller's to close. Refusal when that is impossible."""
        self.exited = asyncio.Event()
        self.usage = Usage()
        self._process = _start(launch, stdout, stderr)
        self.group = ProcessGroup.led_by(self._process.pid)
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._reap, args=(loop,), daemon=True).start()

    @property
    def exit_code(self) -> int:
        """What it ended with, negative for a signal; not to be asked before it has ended."""
        return self._process.returncode

    async def begin(self) -> None:
        """It runs already."""

    async def stop(self, grace_seconds: float) -> None:
        """TERM to the whole group, KILL for what is left of it after the grace time."""
        end = asyncio.get_running_loop().time() + grace_seconds
        self.group.signal(SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self.exited.wait()
                await self.group.gone()
        await self.group.kill()

    async def kill(self) -> None:
        """Kill what is left of the group. Idempotent."""
        await self.group.kill()

    def _reap(self, loop: asyncio.AbstractEventLoop) -> None:
        self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed already: nobody waits
            loop.call_soon_threadsafe(self.exited.set)


def _start(launch: Launch, stdout: int, stderr: int) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(  # noqa: S603 (to run the command of a job is what this is for)
            launch.command,
            cwd=launch.directory,
            env=launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        raise refusal(launch.command[0], error.errno or 0) from error


def refusal(command: str, error_number: int) -> LaunchError:
    """Why this command was not started, by the number of the system's error."""
    reason = f"the command {command} cannot be run: {os.strerror(error_number)}"
    if error_number in _PASSING:
        return LaunchError(TASK_LAUNCH, reason)
    return LaunchError(ALGORITHM_UNKNOWN, reason, NOT_FOUND if error_number == errno.ENOENT else NOT_EXECUTABLE)
