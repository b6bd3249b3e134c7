"""Processes of jobs below a supervisor that leaves nothing of them, not even when this worker is killed: on Linux."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import structlog

from jobsvc.domain.builtin_errors import TASK_LAUNCH
from jobsvc.domain.outcome import Usage
from jobsvc.engines.child import KILL_SECONDS, Child, refusal
from jobsvc.engines.job_supervisor import KILL, LENGTH, TERM
from jobsvc.engines.launch import Launch, LaunchError
from jobsvc.engines.process_group import ProcessGroup

log = structlog.get_logger(__name__)
_PROGRAM = Path(__file__).with_name("job_supervisor.py")
_CLOSE_SECONDS = 5.0


class Launcher:
    """The process that starts this worker's jobs: started with the first one, and again when it was killed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    @staticmethod
    def is_possible() -> bool:
        """Whether this system has what it takes."""
        return sys.platform == "linux"

    def start(self, launch: Launch, stdout: int, stderr: int) -> Child:
        """Start a job with these outputs, which are the caller's to close. Refusal."""
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        try:
            self._send([theirs.fileno(), stdout, stderr])
        except OSError as exc:
            ours.close()
            raise LaunchError(TASK_LAUNCH, f"the supervisor of the job cannot be started: {exc}") from exc
        finally:
            theirs.close()
        return SupervisedChild(launch, ours)

    def close(self) -> None:
        """End the launcher, when no job runs. Idempotent. Blocks."""
        if self._requests:
            self._requests.close()
            self._requests = None
        if self._process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_CLOSE_SECONDS)
            self._process = None

    def _send(self, descriptors: list[int]) -> None:
        if self._requests:
            with contextlib.suppress(ConnectionError):
                socket.send_fds(self._requests, [b"."], descriptors)
                return
            log.warning("launcher.killed")
            self.close()
        self._requests = self._begin()
        socket.send_fds(self._requests, [b"."], descriptors)

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        ours.settimeout(0)
        with theirs:
            command = [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM), str(theirs.fileno())]
            # A session of its own: what a terminal sends to the worker is not for the jobs.
            self._process = subprocess.Popen(  # noqa: S603 (the program is our own)
                command,
                pass_fds=[theirs.fileno()],
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        return ours


class SupervisedChild:
    """A `Child` of which nothing is left when it is `gone`: no process that descends from it, whatever it did."""

    def __init__(self, launch: Launch, control: socket.socket) -> None:
        """`control` is the worker's end of the socket to the supervisor."""
        self.exited = asyncio.Event()
        self.exit_code: int | None = None  # unless the supervisor lives to say one
        self.group: ProcessGroup | None = None
        self.usage = Usage()
        self._gone = asyncio.Event()
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._launch = launch
        self._control = control
        self._following = asyncio.create_task(self._follow())

    async def begin(self) -> None:
        """Wait until it runs; Refusal when it cannot."""
        await self._begun

    async def stop(self, grace_seconds: float) -> None:
        """TERM to all processes of the job, KILL for what is left of them after the grace time."""
        self._send(TERM)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                await self._gone.wait()
        await self.kill()

    async def kill(self) -> None:
        """Kill what is left and wait until it is gone, though not for a process that hangs in a system call."""
        self._send(KILL)
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await self._gone.wait()
        except TimeoutError:
            log.error("job.unkillable", group=self.group)  # noqa: TRY400
        finally:
            self._following.cancel()
            await asyncio.wait([self._following])  # or the event loop would still know the socket
            self._control.close()
        if self.group and self.exit_code is None:
            # The supervisor was killed, and so may have been the launcher, which ends what is left then.
            await self.group.kill()

    def _send(self, order: bytes) -> None:
        with contextlib.suppress(OSError):  # nothing is left already
            self._control.send(order)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        request = {
            "command": self._launch.command,
            "directory": str(self._launch.directory),
            "environment": dict(self._launch.environment),
            "user": self._launch.user,
            "limits": dict(self._launch.limits),
        }
        data = json.dumps(request).encode()
        rest = b""
        try:
            with contextlib.suppress(ConnectionError):  # what cannot be started has said why, and does not listen
                await loop.sock_sendall(self._control, LENGTH.pack(len(data)) + data)
            with contextlib.suppress(ConnectionError):
                while chunk := await loop.sock_recv(self._control, 4096):
                    *lines, rest = (rest + chunk).split(b"\n")
                    for line in lines:
                        self._note(json.loads(line))
        finally:
            # Whatever happened: nobody may wait for ever.
            _settle(self._begun, LaunchError(TASK_LAUNCH, "the supervisor of the job was killed before it started the job"))
            self.exited.set()
            self._gone.set()

    def _note(self, said: dict[str, int]) -> None:
        match said:
            case {"pid": pid}:
                self.group = ProcessGroup.led_by(pid)
                _settle(self._begun)
            case {"errno": number}:
                _settle(self._begun, refusal(self._launch.command[0], number))
            case {"exit": code}:
                self.exit_code = code
                self.exited.set()
            case {"cpu": milliseconds}:
                self.usage = replace(self.usage, cpu_seconds=milliseconds / 1000)
            case {"memory": kibibytes}:
                self.usage = replace(self.usage, peak_memory=round(kibibytes / 1024, 1))
            case _:
                raise ValueError(f"the supervisor says {said}")


def _settle(future: asyncio.Future[None], problem: Exception | None = None) -> None:
    if not future.done():
        if problem:
            future.set_exception(problem)
        else:
            future.set_result(None)
