"""The engine `subprocess`: runs the manifest's command as a process of this host.

There is no wall around such a process. It runs as the user of the worker, or, where that is root, as one that no other
running job has; it can do whatever that user can. A mount is the path of the host's directory, in a variable of the
mount's name; resources are passed to the job, and of them disk alone is enforced, for each of its files. Nothing that it
started outlives it (ADR 12); where there are no supervisors, on other systems than Linux, a process that makes a session of
its own leaves the group and is not ended with it.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from signal import SIGXFSZ
from typing import Any, assert_never

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN, FILESYSTEM_IO, TASK_LAUNCH, TIMEOUT, UNKNOWN
from jobsvc.domain.outcome import Failed, TaskTimes
from jobsvc.domain.status import Stream
from jobsvc.engines.child import PlainChild
from jobsvc.engines.collecting import collect
from jobsvc.engines.job_user import JobUser, JobUsers
from jobsvc.engines.launch import LaunchError, disk_limit, prepare
from jobsvc.engines.orphans import clear_executions, clear_worker
from jobsvc.engines.outcomes import EngineOutcome, describe_outcome, failure, stopped
from jobsvc.engines.running import Ended, EndedBy, Limits, StopRequest, run_process
from jobsvc.engines.scratch import WorkerDir
from jobsvc.engines.staging import Interrupted
from jobsvc.engines.supervised import Launcher
from jobsvc.ports.engine import LaunchSpec, LogSink, StopReason

SUPERVISED = Launcher.is_possible()
MAX_PROCESSES = 512
_PASSAGE = 0o711  # to the directories of jobs, for whoever knows their names
MAX_LOG_BYTES = 2**30
"""How much one execution may log, unless its job type or the worker's settings say otherwise."""


class SubprocessEngine:
    """An `ExecutionEngine` that works in `<scratch>/<worker_id>/<execution id>/`.

    The worker's directory is locked until `close`, so that other workers' sweeps see that this one lives.
    """

    def __init__(
        self,
        scratch: Path,
        *,
        worker_id: str,
        grace_seconds: float,
        max_log_bytes: int = MAX_LOG_BYTES,
        supervised: bool = SUPERVISED,
        users: JobUsers | None = None,
        processes: int = MAX_PROCESSES,
    ) -> None:
        """Make and lock the worker's directory; with `users`, for a worker that is root, each job is one of them.

        A job has at most `processes`, which only a user of its own can have.

        Raises:
            OSError: Also when a worker of this id lives already.
        """
        self._scratch = scratch
        self._worker = WorkerDir.create(scratch / worker_id)
        self._launcher = Launcher() if supervised else None
        self._users = users if supervised else None
        self._processes = processes
        self._taken: dict[int, JobUser] = {}
        if self._users:
            for directory in (scratch, self._worker.root):
                directory.chmod(_PASSAGE)
        self._grace_seconds = grace_seconds
        self._max_log_bytes = max_log_bytes
        self._stops: dict[int, StopRequest] = {}
        self._known: set[Path] = set()

    def run(self, spec: LaunchSpec, logs: LogSink) -> Coroutine[Any, Any, EngineOutcome]:
        """Run to the end; a last line of the log says why the job did not complete.

        The call itself makes the execution known, and not the first step of the task that awaits it: a stop
        that comes in between counts.
        """
        stop = self._stops[spec.execution_id] = StopRequest()
        self._known.add(self._worker.execution(spec.execution_id).root)
        return self._run(spec, stop, logs)

    async def stop(self, execution_id: int, reason: StopReason) -> None:
        """Ask a running execution to end; a job whose process has ended by itself keeps its outcome."""
        if stop := self._stops.get(execution_id):
            stop.ask(reason)

    async def release(self, execution_id: int) -> None:
        """Remove the directory of an execution.

        Raises:
            OSError: The file system refuses.
        """
        directory = self._worker.execution(execution_id)
        await asyncio.to_thread(directory.remove)
        self._known.discard(directory.root)
        if user := self._taken.pop(execution_id, None):
            user.lock.release()

    async def sweep(self) -> list[str]:
        """End and remove what dead workers left; return their ids, except for one of this worker's id."""
        own = await asyncio.to_thread(self._worker.executions)
        await clear_executions(item for item in own if item.root not in self._known)
        workers = await asyncio.to_thread(list, self._scratch.iterdir())
        others = [worker for worker in workers if worker != self._worker.root]
        return [other.name for other in others if await clear_worker(other)]

    async def close(self) -> None:
        """Remove the worker's directory and unlock it, when no execution runs. Idempotent.

        Raises:
            OSError: The file system refuses.
        """
        if self._launcher:
            await asyncio.to_thread(self._launcher.close)
        await asyncio.to_thread(self._worker.remove)

    async def _run(self, spec: LaunchSpec, stop: StopRequest, logs: LogSink) -> EngineOutcome:
        try:
            outcome = await self._outcome(spec, stop, logs)
        finally:
            self._stops.pop(spec.execution_id, None)
        if reason := describe_outcome(outcome):
            await _log_line(logs, reason)
        return outcome

    async def _outcome(self, spec: LaunchSpec, stop: StopRequest, logs: LogSink) -> EngineOutcome:
        directory = self._worker.execution(spec.execution_id)
        # There is something only if an earlier worker of this id died and the database counts from 1 again.
        await clear_executions([directory])
        try:
            user = await asyncio.to_thread(self._take_user, spec.execution_id)
            launch = await asyncio.to_thread(prepare, directory, spec, user, self._processes, stop.is_open)
            if stop.asked.is_set():
                return stopped(stop.reason, TaskTimes())
            start = partial(self._launcher.start if self._launcher else PlainChild, launch)
            ended = await run_process(directory, start, self._limits(spec), stop, logs)
        except Interrupted:
            return stopped(stop.reason, TaskTimes())
        except LaunchError as refusal:
            return Failed(refusal.error_name, TaskTimes(), refusal.exit_code, refusal.reason)
        except OSError as error:
            return Failed(FILESYSTEM_IO, reason=f"the job cannot be made ready: {error}")
        if ended.by is EndedBy.ITSELF and ended.exit_code == 0:
            outcome, warnings = await collect(directory, spec, ended.times, self._limits(spec), stop, user=user)
            for warning in warnings:
                await _log_line(logs, warning)
            return outcome
        return _interpret_exit(ended, spec, stop)

    def _take_user(self, execution_id: int) -> int | None:
        if self._users is None:
            return None
        try:
            user = self._users.take()
        except BlockingIOError as problem:
            raise LaunchError(TASK_LAUNCH, problem.strerror or str(problem)) from None
        self._taken[execution_id] = user
        return user.id

    def _limits(self, spec: LaunchSpec) -> Limits:
        timeout = spec.timeout if spec.timeout and spec.timeout > 0 else None
        return Limits(timeout, self._grace_seconds, spec.max_log_bytes or self._max_log_bytes)


def _interpret_exit(ended: Ended, spec: LaunchSpec, stop: StopRequest) -> EngineOutcome:
    match ended.by:
        case EndedBy.REQUEST:
            return stopped(stop.reason, ended.times)
        case EndedBy.TIMEOUT:
            return Failed(TIMEOUT, ended.times, reason=f"killed after the timeout of {spec.timeout} s")
        case EndedBy.ITSELF if ended.exit_code is None:
            # As when the worker is killed, it may have been anything: the system's fault, to be tried again.
            return Failed(UNKNOWN, ended.times, reason="the supervisor of the job was killed, and the job with it")
        case EndedBy.ITSELF:
            return _say_disk(failure(ended.exit_code, spec.manifest, ended.times), spec)
        case _:
            assert_never(ended.by)


def _say_disk(failed: Failed, spec: LaunchSpec) -> Failed:
    """The same failure; when it is how a file ends that is too large, for the job or a shell's command, with that said."""
    limit = disk_limit(spec)
    if limit is None or failed.error_name != ALGORITHM_UNKNOWN or failed.exit_code != 128 + SIGXFSZ:
        return failed
    reason = f"{failed.reason}: a file became larger than the {limit >> 20} MiB of disk that the manifest asks for"
    return replace(failed, reason=reason)


async def _log_line(logs: LogSink, sentence: str) -> None:
    # File names are in such sentences, and may hold anything.
    line = f"jobsvc: {sentence}".replace("\n", " ")
    await logs.write(Stream.STDERR, [line.encode(errors="backslashreplace")])
