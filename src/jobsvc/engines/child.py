"""The process of a job while it runs."""

import asyncio
import contextlib
import errno
import subprocess
import threading
from signal import SIGTERM

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN, TASK_LAUNCH
from jobsvc.engines.launch import NOT_EXECUTABLE, NOT_FOUND, Launch, Refusal
from jobsvc.engines.process_group import ProcessGroup

# The host is short of something that it may have again later.
_PASSING = {errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE}


class Child:
    """A process that was started as the leader of a new session and process group.

    Not asyncio's own: that one lets other tasks run between the start and its return, when a cancel may come,
    and how it waits for a process whose pipes stay open differs between versions of Python and event loops.
    """

    def __init__(self, launch: Launch, stdout: int, stderr: int) -> None:
        """Start it; the pipes' ends are the caller's to close. Refusal when that is impossible."""
        self.exited = asyncio.Event()
        self._process = _start(launch, stdout, stderr)
        self.group = ProcessGroup.led_by(self._process.pid)
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._reap, args=(loop,), daemon=True).start()

    @property
    def exit_code(self) -> int:
        """What it ended with, negative for a signal; not to be asked before it has ended."""
        return self._process.returncode

    async def stop(self, grace_seconds: float) -> None:
        """TERM to the whole group, KILL for what is left of it after the grace time."""
        end = asyncio.get_running_loop().time() + grace_seconds
        self.group.signal(SIGTERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self.exited.wait()
                await self.group.gone()
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
        raise _refusal(launch.command[0], error) from error


def _refusal(command: str, error: OSError) -> Refusal:
    reason = f"the command {command} cannot be run: {error.strerror}"
    if error.errno in _PASSING:
        return Refusal(TASK_LAUNCH, reason)
    return Refusal(ALGORITHM_UNKNOWN, reason, NOT_FOUND if error.errno == errno.ENOENT else NOT_EXECUTABLE)
