"""Collects the outputs of a job that ended well, within the time that there is for it."""

import asyncio
import os
import time
from contextlib import suppress

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, INVALID_RESULTS_MANIFEST, POST_TIMEOUT
from jobsvc.domain.limits import MAX_COLLECTING_SECONDS, MIN_COLLECTING_SECONDS
from jobsvc.domain.outcome import Canceled, CapturedFile, Completed, Failed, FileIdentity, HandedBack, TaskTimes
from jobsvc.domain.outputs import OutputProblem
from jobsvc.engines.capture import Capture, capture
from jobsvc.engines.job_user import take_back, with_rights
from jobsvc.engines.outcomes import stopped
from jobsvc.engines.running import Limits, StopRequest
from jobsvc.engines.scratch import ExecutionDir
from jobsvc.ports.engine import LaunchSpec
from jobsvc.storage.regular import open_regular


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
    directory: ExecutionDir, spec: LaunchSpec, times: TaskTimes, limits: Limits, stop: StopRequest, *, user: int | None = None
) -> tuple[Completed | Failed | Canceled | HandedBack, tuple[str, ...]]:
    """The outcome of a job whose process ended with 0, and sentences for its log.

    What is left of the job's timeout is the time for it, within bounds; from when the job has to stop, the time
    between TERM and KILL: collecting is cut off then, or has ended and the job keeps its outcome. With the `user` of the
    job everything is opened with its rights, and closed to it afterwards.
    """
    deadline = Deadline(_seconds(times, limits))
    hurry = asyncio.create_task(_hurry(stop, deadline, limits.grace))
    try:
        result = await asyncio.to_thread(_captured, directory, spec, deadline, user)
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


def _captured(directory: ExecutionDir, spec: LaunchSpec, deadline: Deadline, user: int | None) -> Capture:
    with_files = [name for name, files in spec.file_inputs.items() if files]
    if user is None:
        return capture(directory.output, spec.manifest, with_files, deadline.check)

    def look() -> Capture:
        result = capture(directory.output, spec.manifest, with_files, deadline.check)
        for file in result.output.files:
            deadline.check()
            _require_readable(file, user)
        return result

    result = with_rights(user, look)
    # What is stored is opened with the rights of the service: by then the job's user must not be able to swap anything.
    take_back(directory.root)
    return result


def _require_readable(file: CapturedFile, user: int) -> None:
    """OutputProblem when the service would publish what the job itself cannot read: a link to another's file."""
    facts = file.path.stat()
    if facts.st_uid == user and FileIdentity(facts.st_dev, facts.st_ino) == file.identity:
        return
    try:
        descriptor = open_regular(file.path)
    except OSError as error:
        detail = f"{file.relative_path}: cannot be read with the rights of the job: {error.strerror}"
        raise OutputProblem(INVALID_RESULTS_MANIFEST, detail) from None
    os.close(descriptor)


async def _hurry(stop: StopRequest, deadline: Deadline, grace: float) -> None:
    with suppress(asyncio.CancelledError):
        await stop.asked.wait()
        deadline.shorten(grace)


def _seconds(times: TaskTimes, limits: Limits) -> float:
    if limits.timeout is None or times.started is None or times.ended is None:
        return MAX_COLLECTING_SECONDS
    left = limits.timeout - (times.ended - times.started).total_seconds()
    return min(max(left, MIN_COLLECTING_SECONDS), MAX_COLLECTING_SECONDS)
