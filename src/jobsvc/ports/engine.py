"""The engine port: what runs an execution."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from jobsvc.domain.outcome import Canceled, Completed, Detached, Failed, HandedBack
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.status import Stream
from jobsvc.domain.trace_context import TraceContext


class StopReason(StrEnum):
    """Why an engine has to stop an execution; it decides the outcome."""

    CANCEL = "cancel"
    HAND_BACK = "hand back"
    LEASE_LOST = "lease lost"
    """The execution is not this worker's any more."""


@dataclass(frozen=True)
class Origin:
    """Where a file lies that is not on this host: the configuration of its workspace, its path there, its size in bytes."""

    configuration: Mapping[str, Any]
    file_path: str
    size: int


@dataclass(frozen=True)
class InputFile:
    """A file that a job reads: where it lies on this host and what it is called.

    With an `origin` it has to be fetched first, to a place of which `path` is the name alone.
    """

    id: int
    path: Path
    file_name: str
    origin: Origin | None = None


class InputSource(Protocol):
    """Where input files are fetched from that do not lie on this host."""

    def fetch(self, file: InputFile, target: Path, check: Callable[[], None]) -> None:
        """Copy a file to a new one of this host that is for reading only. Blocks; `check` is called meanwhile.

        Raises:
            InvalidRequest: It is not there any more, or another one than was recorded.
            StorageFailure: It cannot be read.
            OSError: The disk refuses.
        """


@dataclass(frozen=True)
class LaunchSpec:
    """All that an engine needs to run one execution.

    `timeout` is in seconds (None: no limit), `resources` in cpus, gpus and MiB, `file_inputs` and `json_inputs` by input
    name. `settings` and `mounts` are those of the effective configuration, secrets included. `max_log_bytes` limits
    what the job itself may log (None: the engine's own limit).
    """

    execution_id: int
    job_id: int
    exe_num: int
    cluster_id: str
    manifest: SeedManifest
    docker_image: str | None
    file_inputs: Mapping[str, tuple[InputFile, ...]]
    json_inputs: Mapping[str, Any]
    settings: Mapping[str, str]
    mounts: Mapping[str, Mapping[str, Any]]
    resources: Mapping[str, float]
    timeout: int | None
    recipe_id: int | None = None
    batch_id: int | None = None
    input_metadata: Mapping[str, Any] | None = None
    max_log_bytes: int | None = None
    handle: str = ""
    """The name of the run for an engine whose runs outlive the worker."""
    engine_options: Mapping[str, Any] = field(default_factory=dict)
    """Those of the job type for its engine."""
    input_source: InputSource | None = None
    """Where those input files come from that have an origin."""
    trace: TraceContext = field(default_factory=dict)
    """That of the execution, which its process is told."""
    avoided_node: str | None = None
    """One of a cluster that it is not to run on while there is another one."""


class LogSink(Protocol):
    """Takes the lines of one execution as they come."""

    async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:
        """Take lines without their line ends, all that came at once; `at` is when, None for now.

        They are safe from the end of this process when it returns. It may wait, so that a job is not faster than the
        disk and a store that works; it never fails because of the store.
        """


class NumberedLogSink(LogSink, Protocol):
    """A log sink that numbers its lines, so that whoever takes an execution over can go on where its run's log began."""

    @property
    def line_count(self) -> int:
        """How many lines were taken so far."""

    @property
    def last_time(self) -> datetime:
        """The time of the last line, before which no later one may be."""

    def resume_at(self, line_count: int, last_time: datetime) -> None:
        """Go on as after so many lines: what another worker wrote before is on its way, or there."""


class ExecutionEngine(Protocol):
    """Runs executions: returns an outcome for everything that the job did, raises only for faults of the engine itself."""

    async def run(self, spec: LaunchSpec, logs: NumberedLogSink) -> Completed | Failed | Canceled | HandedBack | Detached:
        """Run to the end. The captured files lie in the execution's scratch directory until `release`."""

    async def stop(self, execution_id: int, reason: StopReason) -> None:
        """Ask a running execution to end: TERM, then KILL after the grace time. Idempotent; unknown ids are ignored."""

    async def release(self, execution_id: int) -> None:
        """Remove what the execution left on the host. Idempotent."""

    async def sweep(self) -> list[str]:
        """End and remove what dead workers of this host left running; returns the ids of those workers."""

    async def close(self) -> None:
        """Let go of what the engine holds, when no execution runs any more. Idempotent."""


class AdoptingEngine(ExecutionEngine, Protocol):
    """An engine whose runs outlive the worker, so that there may be runs that no worker knows."""

    @property
    def waits(self) -> Mapping[int, str]:
        """What executions wait for whose run has not begun, by id."""

    async def orphans(self) -> list[str]:
        """Handles of runs that are there and that this worker does not follow; nothing while the engine is away."""

    async def remove(self, handles: Iterable[str]) -> None:
        """End and remove runs that belong to no execution."""
