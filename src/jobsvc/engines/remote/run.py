"""One run of a remote engine, from whatever a worker before left of it to its end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import structlog

from jobsvc.domain.builtin_errors import FILESYSTEM_IO, TIMEOUT
from jobsvc.domain.outcome import Detached, Failed, TaskTimes
from jobsvc.domain.status import Stream
from jobsvc.engines.collecting import collect
from jobsvc.engines.events import first_of
from jobsvc.engines.launch import LaunchError, disk_limit
from jobsvc.engines.log_budget import LogBudget
from jobsvc.engines.outcomes import EngineOutcome, stopped
from jobsvc.engines.remote.carried import collect_carried
from jobsvc.engines.remote.following import pass_on
from jobsvc.engines.remote.interpreting import failed
from jobsvc.engines.remote.observer import Observer, Watched
from jobsvc.engines.remote.output_guard import Excess, Guarded, OutputGuard
from jobsvc.engines.remote.preparing import prepare_container, prepare_process
from jobsvc.engines.remote.run_dir import Prepared, RunDir
from jobsvc.engines.running import Limits, StopRequest
from jobsvc.engines.staging import Interrupted
from jobsvc.ports.engine import LaunchSpec, LogSink, NumberedLogSink, StopReason
from jobsvc.ports.remote_engine import CarryingEngine, EngineUnavailable, Observation, Phase, RemoteEngine, RunRejected

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 1.0
LEAVING = frozenset({StopReason.HAND_BACK, StopReason.LEASE_LOST})
"""Reasons for which the run goes on without this worker."""
CATCH_UP_SECONDS = 10.0
FILLING_GRACE_SECONDS = 1.0
"""For a run that fills the disk: it goes on doing so while it is waited for."""
OVER = frozenset({Phase.ENDED, Phase.LOST})
LABEL = "jobsvc.installation"


class _Stopped(Exception):
    """The run was asked to stop while it was waited for."""


@dataclass(frozen=True)
class _End:
    """The last observation of a run, and why it was stopped if this worker did so for its time or its files."""

    last: Observation
    is_late: bool
    excess: Excess | None


@dataclass(frozen=True)
class RemoteRun:
    """An execution whose run is begun, or gone on with, and followed to its end."""

    engine: RemoteEngine
    observer: Observer
    guard: OutputGuard
    directory: RunDir
    spec: LaunchSpec
    limits: Limits
    installation: str
    stop: StopRequest
    logs: NumberedLogSink
    away: dict[int, str]
    """What keeps runs from being begun or made ready, by the id of their execution."""

    async def outcome(self) -> EngineOutcome | Detached:
        """How the run ended; `Detached` when it goes on without this worker."""
        try:
            prepared = await asyncio.to_thread(self.directory.prepared)
            if prepared is not None:
                self.logs.resume_at(prepared.line_count, prepared.last_time)
            else:
                prepared = await self._prepare()
            if not await asyncio.to_thread(self.directory.is_submitted):
                await self._insist(lambda: self.engine.submit(prepared.run))
                await asyncio.to_thread(self.directory.record_submitted)
        except LaunchError as exc:
            return Failed(exc.error_name, TaskTimes(), exc.exit_code, exc.reason)
        except RunRejected as exc:
            return Failed(exc.error_name, reason=exc.reason)
        except OSError as exc:
            return Failed(FILESYSTEM_IO, reason=f"the job cannot be made ready: {exc}")
        except (_Stopped, Interrupted):
            return Detached() if self.stop.reason in LEAVING else stopped(self.stop.reason, TaskTimes())
        return await self._follow()

    async def _prepare(self) -> Prepared:
        if self.stop.asked.is_set():
            raise _Stopped
        spec = self.spec
        labels = {LABEL: self.installation, "jobsvc.job": str(spec.job_id), "jobsvc.execution": str(spec.execution_id)}
        can = self.engine.capabilities
        is_container = can.uses_images and spec.docker_image
        prepare = partial(prepare_container, shares_files=can.shares_files) if is_container else prepare_process
        run = await asyncio.to_thread(prepare, self.directory, spec, labels, self.stop.is_open)

        async def have_ready() -> None:
            async for sentence in self.engine.prepare(run):
                await log_line(self.logs, sentence)

        await self._insist(have_ready)
        prepared = Prepared(run, self.logs.line_count, self.logs.last_time)
        await asyncio.to_thread(self.directory.record_prepared, prepared)
        return prepared

    async def _insist(self, call: Callable[[], Awaitable[None]]) -> None:
        """Do something once the engine answers, unless the run is to stop by then."""
        while True:
            try:
                await call()
            except EngineUnavailable as exc:
                self.away[self.spec.execution_id] = str(exc)
                log.warning("engine.unavailable", engine=self.engine.name, problem=str(exc))
            else:
                self.away.pop(self.spec.execution_id, None)
                return
            try:
                async with asyncio.timeout(AGAIN_SECONDS):
                    await self.stop.asked.wait()
            except TimeoutError:
                continue
            raise _Stopped

    async def _follow(self) -> EngineOutcome | Detached:
        budget = LogBudget(self.logs, self.limits.log_bytes)
        over = asyncio.Event()
        with (
            self.observer.watching(self.spec.handle) as watched,
            self.guard.watching(self.directory, disk_limit(self.spec)) as guarded,
        ):
            reading = asyncio.create_task(pass_on(self.engine, self.spec.handle, self.directory, budget, over))
            try:
                end = await self._until_end(watched, reading, guarded)
                if end is None:
                    return Detached()
                over.set()
                await self._catch_up(reading)
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        await budget.close()
        return await self._interpret(end)

    async def _catch_up(self, reading: asyncio.Task[None]) -> None:
        """Read the log to its end; not so for a job that was stopped and has written more than can be read soon."""
        within = CATCH_UP_SECONDS if self.stop.reason is StopReason.CANCEL else None
        await asyncio.wait({reading}, timeout=within)
        if reading.done():
            await reading
        else:
            await log_line(
                self.logs, f"the job was canceled; what could not be read within {within:.0f} s of its log is left out"
            )

    async def _interpret(self, end: _End) -> EngineOutcome | Detached:
        last, times = end.last, end.last.times
        if self.stop.reason is StopReason.CANCEL:
            return stopped(self.stop.reason, times)
        if end.is_late:
            return Failed(TIMEOUT, times, last.exit_code, f"killed after the timeout of {self.spec.timeout} s")
        if end.excess:
            return Failed(end.excess.error_name, times, last.exit_code, end.excess.reason)
        if last.phase is Phase.ENDED and last.exit_code == 0:
            outcome, warnings = await self._collect(times)
            for warning in warnings:
                await log_line(self.logs, warning)
            return outcome
        return failed(last, self.spec.manifest)

    async def _collect(self, times: TaskTimes) -> tuple[EngineOutcome | Detached, Sequence[str]]:
        if self.engine.capabilities.shares_files:
            return await collect(self.directory, self.spec, times, self.limits, self.stop)
        engine = cast("CarryingEngine", self.engine)
        return await collect_carried(engine, self.spec, times, self.stop, self.limits.grace)

    async def _until_end(self, watched: Watched, reading: asyncio.Task[None], guarded: Guarded) -> _End | None:
        """How the run ended; None when it is left to another worker."""
        is_late = False
        stopping: asyncio.Task[None] | None = None
        asked = asyncio.create_task(first_of(self.stop.asked, guarded.exceeded))
        try:
            while watched.latest is None or watched.latest.phase not in OVER:
                left = _left(watched.latest, self.limits) if stopping is None else None
                await _any_of(watched, [reading, *([asked] if stopping is None else [])], left)
                if reading.done():
                    # A log that cannot be kept: the fault ends the execution, and the run is removed with it.
                    await reading
                if self.stop.reason in LEAVING and stopping is None:
                    return None
                is_late = is_late or (stopping is None and left is not None and _left(watched.latest, self.limits) == 0)
                if stopping is None and (asked.done() or is_late):
                    stopping = asyncio.create_task(self._stop(guarded))
            return _End(watched.latest, is_late, guarded.excess)
        finally:
            for task in (asked, *([stopping] if stopping else [])):
                task.cancel()

    async def _stop(self, guarded: Guarded) -> None:
        grace = min(self.limits.grace, FILLING_GRACE_SECONDS) if guarded.excess else self.limits.grace
        while True:
            try:
                await self.engine.stop(self.spec.handle, grace)
            except EngineUnavailable as exc:
                log.warning("engine.unavailable", engine=self.engine.name, problem=str(exc))
                await asyncio.sleep(AGAIN_SECONDS)
            else:
                return self.observer.look()


async def _any_of(watched: Watched, tasks: Iterable[asyncio.Task[Any]], seconds: float | None) -> None:
    """Wait for a change of what is watched, for one of the tasks, or for the time."""
    watched.changed.clear()
    changed = asyncio.create_task(watched.changed.wait())
    await asyncio.wait({changed, *tasks}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    changed.cancel()


def _left(observation: Observation | None, limits: Limits) -> float | None:
    """Seconds until the timeout; None when there is none, or the run has not started."""
    if limits.timeout is None or observation is None or observation.started is None:
        return None
    return max(0.0, limits.timeout - (datetime.now(UTC) - observation.started).total_seconds())


async def log_line(logs: LogSink, sentence: str) -> None:
    """Write a line of the service's own into the log of a run."""
    line = f"jobsvc: {sentence}".replace("\n", " ")
    await logs.write(Stream.STDERR, [line.encode(errors="backslashreplace")])
