"""Stands by the process of a job from its start until nothing is left of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum, auto

from jobsvc.domain.outcome import TaskTimes
from jobsvc.domain.status import Stream
from jobsvc.engines.child import Child, Start
from jobsvc.engines.events import first_of
from jobsvc.engines.log_budget import LogBudget
from jobsvc.engines.orphans import write_group
from jobsvc.engines.pipes import OutputPipe
from jobsvc.engines.scratch import ExecutionDir
from jobsvc.ports.engine import LogSink, StopReason


class StopRequest:
    """Whether, and why, an execution was asked to stop."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.reason: StopReason | None = None

    def is_open(self) -> bool:
        """Whether nobody asked; may be called from any thread."""
        return not self.asked.is_set()

    def ask(self, reason: StopReason) -> None:
        """Ask it to stop. A cancel always outweighs a hand-back: the user does not want the job any more."""
        if self.reason is not StopReason.CANCEL:
            self.reason = reason
        self.asked.set()


@dataclass(frozen=True)
class Limits:
    """How long the process may run (None: for ever), what its group has between TERM and KILL, both in seconds, and its log."""

    timeout: float | None
    grace: float
    log_bytes: int


class EndedBy(Enum):
    """What made a process end."""

    ITSELF = auto()
    TIMEOUT = auto()
    REQUEST = auto()


@dataclass(frozen=True)
class Ended:
    """How a process ended; `exit_code` is the negative number of a signal when one ended it, None when it is not known."""

    by: EndedBy
    exit_code: int | None
    times: TaskTimes


async def run_process(directory: ExecutionDir, start: Start, limits: Limits, stop: StopRequest, logs: LogSink) -> Ended:
    """Run what `start` starts, pass its lines on, and return when nothing is left of it and all lines are taken.

    Refusal or OSError when it cannot be started. When this is cancelled, it is killed as well.
    """
    budget = LogBudget(logs, limits.log_bytes)
    with OutputPipe() as stdout, OutputPipe() as stderr:
        child = await _start(directory, start, stdout, stderr)
        started = datetime.now(UTC)
        # The inner block ends first: nobody holds the pipes any more while the rest of the lines is read.
        async with asyncio.TaskGroup() as pumps, _nothing_left_of(child, stdout, stderr):
            pumps.create_task(stdout.pump(Stream.STDOUT, budget))
            pumps.create_task(stderr.pump(Stream.STDERR, budget))
            by = await _until_end(child, limits, stop)
            times = TaskTimes(started, datetime.now(UTC))
    await budget.close()
    return Ended(by, child.exit_code, replace(times, usage=child.usage))


async def _start(directory: ExecutionDir, start: Start, stdout: OutputPipe, stderr: OutputPipe) -> Child:
    child = start(stdout.write_end, stderr.write_end)
    stdout.close_write_end()
    stderr.close_write_end()
    try:
        await child.begin()
        if child.group:
            write_group(directory.process_file, child.group)
    except BaseException:
        await child.kill()
        raise
    return child


@asynccontextmanager
async def _nothing_left_of(child: Child, *pipes: OutputPipe) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await child.kill()
        for pipe in pipes:
            pipe.no_more_writers()


async def _until_end(child: Child, limits: Limits, stop: StopRequest) -> EndedBy:
    await first_of(child.exited, stop.asked, within=limits.timeout)
    if child.exited.is_set():
        return EndedBy.ITSELF
    by = EndedBy.REQUEST if stop.asked.is_set() else EndedBy.TIMEOUT
    await child.stop(limits.grace)
    return by
