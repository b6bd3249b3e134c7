"""A remote engine as the worker's `ExecutionEngine`: it runs an execution to its end, whoever began it."""

import asyncio
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any

import structlog

from jobsvc.domain.outcome import Detached
from jobsvc.engines.outcomes import EngineOutcome, describe_outcome
from jobsvc.engines.remote.observer import Observer
from jobsvc.engines.remote.output_guard import OutputGuard
from jobsvc.engines.remote.run import RemoteRun, log_line
from jobsvc.engines.remote.run_dir import RunDir
from jobsvc.engines.running import Limits, StopRequest
from jobsvc.ports.engine import LaunchSpec, NumberedLogSink, StopReason
from jobsvc.ports.remote_engine import EngineUnavailable, RemoteEngine

log = structlog.get_logger(__name__)
LOST_SECONDS = 10.0
MAX_LOG_BYTES = 2**30
MIN_FREE_MIB = 64


class RemoteExecutionEngine:
    """An `ExecutionEngine` on top of a `RemoteEngine`. Runs go on when the worker ends; another one takes them over."""

    def __init__(
        self,
        engine: RemoteEngine,
        runs: Path,
        *,
        installation: str,
        grace_seconds: float,
        max_log_bytes: int = MAX_LOG_BYTES,
        lost_seconds: float = LOST_SECONDS,
        min_free_mib: int = MIN_FREE_MIB,
    ) -> None:
        """`runs` is the directory for the directories of this engine's runs; nothing else is in it.

        When its disk has less than `min_free_mib` free, the run with the largest output is ended; 0: never.
        """
        self._engine = engine
        self._runs = runs
        self._installation = installation
        self._grace_seconds = grace_seconds
        self._max_log_bytes = max_log_bytes
        self._observer = Observer(engine, lost_seconds=lost_seconds)
        self._guard = OutputGuard(engine.name, runs, min_free_mib=min_free_mib)
        self._stops: dict[int, StopRequest] = {}
        self._handles: dict[int, str] = {}
        self._away: dict[int, str] = {}

    def run(self, spec: LaunchSpec, logs: NumberedLogSink) -> Coroutine[Any, Any, EngineOutcome | Detached]:
        """Run to the end, or go on with the run that is there. A last line of the log says why it did not complete."""
        stop = self._stops[spec.execution_id] = StopRequest()
        self._handles[spec.execution_id] = spec.handle
        return self._run(spec, stop, logs)

    async def stop(self, execution_id: int, reason: StopReason) -> None:
        """Ask a run to end, or for a hand-back: leave it alone and let another worker take it over."""
        if stop := self._stops.get(execution_id):
            stop.ask(reason)

    async def release(self, execution_id: int) -> None:
        """Remove what is left of a run; while the engine is away, that is left to whoever looks for orphans. OSError."""
        handle = self._handles.get(execution_id)
        if handle is None:
            return
        try:
            await self._remove(handle)
        except EngineUnavailable as exc:
            log.warning("engine.unavailable", engine=self._engine.name, problem=str(exc))
        finally:
            self._handles.pop(execution_id, None)

    @property
    def waits(self) -> dict[int, str]:
        """What executions wait for whose run has not begun, by id, as the engine says it."""
        reasons = ((execution_id, self._observer.waits_for(handle)) for execution_id, handle in self._handles.items())
        return {execution_id: reason for execution_id, reason in reasons if reason} | self._away

    async def orphans(self) -> list[str]:
        """Handles of runs that left something and that this worker does not follow; nothing while the engine is away."""
        try:
            handles = set(await self._engine.adopt())
        except EngineUnavailable:
            return []
        handles.update(await asyncio.to_thread(self._directories))
        return sorted(handles - set(self._handles.values()))

    async def remove(self, handles: Iterable[str]) -> None:
        """End and remove runs that nobody knows any more."""
        for handle in handles:
            log.warning("engine.orphan_removed", engine=self._engine.name, handle=handle)
            try:
                await self._remove(handle)
            except EngineUnavailable:
                return
            except OSError as exc:
                # A job that is just being killed may still write into its directory; the next look removes it.
                log.warning("engine.orphan_not_removed", engine=self._engine.name, handle=handle, problem=str(exc))

    async def sweep(self) -> list[str]:
        """Dead workers leave nothing that has to be ended: their runs go on."""
        return []

    async def close(self) -> None:
        """Stop following; runs go on."""
        await self._guard.close()
        await self._observer.close()
        await self._engine.close()

    async def _run(self, spec: LaunchSpec, stop: StopRequest, logs: NumberedLogSink) -> EngineOutcome | Detached:
        timeout = spec.timeout if spec.timeout and spec.timeout > 0 else None
        limits = Limits(timeout, self._grace_seconds, spec.max_log_bytes or self._max_log_bytes)
        directory = RunDir(self._runs / spec.handle)
        try:
            outcome = await RemoteRun(
                self._engine, self._observer, self._guard, directory, spec, limits, self._installation, stop, logs, self._away
            ).outcome()
        finally:
            self._away.pop(spec.execution_id, None)
            self._stops.pop(spec.execution_id, None)
        if isinstance(outcome, Detached):
            self._handles.pop(spec.execution_id, None)
        elif reason := describe_outcome(outcome):
            await log_line(logs, reason)
        return outcome

    async def _remove(self, handle: str) -> None:
        await self._engine.remove(handle)
        await asyncio.to_thread(RunDir(self._runs / handle).remove)

    def _directories(self) -> list[str]:
        """Runs of this installation that have a directory."""
        try:
            return [item.name for item in self._runs.iterdir() if item.name.startswith(f"jobsvc-{self._installation}-")]
        except FileNotFoundError:
            return []
