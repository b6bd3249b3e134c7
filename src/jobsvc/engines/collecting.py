"""Collects the outputs of a job that ended well, within the time that there is for it."""

import asyncio
import time
from contextlib import suppress

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, POST_TIMEOUT
from jobsvc.domain.limits import MAX_COLLECTING_SECONDS, MIN_COLLECTING_SECONDS
from jobsvc.domain.outcome import Canceled, Completed, Failed, HandedBack, TaskTimes
from jobsvc.domain.outputs import OutputProblem
from jobsvc.engines.capture import Capture, capture
from jobsvc.engines.outcomes import stopped
from jobsvc.engines.running import Limits, StopRequest
from jobsvc.engines.scratch import ExecutionDir
from jobsvc.ports.engine import LaunchSpec


class OutOfTime(Exception):
    """There is no time left."""


class Deadline:
    """When work in a thread has to end, which may become earlier meanwhile."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def shorten(self, seconds: float) -> None:
        """Leave so many seconds from now, at most."""
        self._end = min(self._end, time.monotonic() + seconds)

    def check(self) -> None:
        """OutOfTime when it has passed."""
        if time.monotonic() > self._end:
            raise OutOfTime


async def collect(
    directory: ExecutionDir, spec: LaunchSpec, times: TaskTimes, limits: Limits, stop: StopRequest
) -> tuple[Completed | Failed | Canceled | HandedBack, tuple[str, ...]]:
    """The outcome of a job whose process ended with 0, and sentences for its log.

    What is left of the job's timeout is the time for it, within bounds; from when the job has to stop, the time
    between TERM and KILL: collecting is cut off then, or has ended and the job keeps its outcome.
    """
    deadline = Deadline(_seconds(times, limits))
    hurry = asyncio.create_task(_hurry(stop, deadline, limits.grace))
    try:
        result = await _captured(directory, spec, deadline)
    except OutputProblem as exc:
        return Failed(exc.error_name, times, 0, exc.detail), ()
    except OutOfTime:
        if stop.asked.is_set():
            return stopped(stop.reason, times), ()
        return Failed(POST_TIMEOUT, times, 0, f"collecting the outputs took longer than {_seconds(times, limits):.0f} s"), ()
    except OSError as error:
        return Failed(FILESYSTEM_IO, times, 0, f"the job's outputs cannot be read: {error}"), ()
    finally:
        hurry.cancel()
        deadline.shorten(0)
    return Completed(result.output, times), result.warnings


async def _captured(directory: ExecutionDir, spec: LaunchSpec, deadline: Deadline) -> Capture:
    result = [name for name, files in spec.file_inputs.items() if files]
    return await asyncio.to_thread(capture, directory.output, spec.manifest, result, deadline.check)


async def _hurry(stop: StopRequest, deadline: Deadline, grace: float) -> None:
    with suppress(asyncio.CancelledError):
        await stop.asked.wait()
        deadline.shorten(grace)


def _seconds(times: TaskTimes, limits: Limits) -> float:
    if limits.timeout is None or times.started is None or times.ended is None:
        return MAX_COLLECTING_SECONDS
    left = limits.timeout - (times.ended - times.started).total_seconds()
    return min(max(left, MIN_COLLECTING_SECONDS), MAX_COLLECTING_SECONDS)
