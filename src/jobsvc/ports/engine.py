"""The engine port: what runs an execution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from jobsvc.domain.outcome import Canceled, Completed, Failed, HandedBack
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.status import Stream


class StopReason(StrEnum):
    """Why an engine has to stop an execution; it decides the outcome."""

    CANCEL = "cancel"
    HAND_BACK = "hand back"


@dataclass(frozen=True)
class InputFile:
    """A file that a job reads: where it lies on this host and what it is called."""

    id: int
    path: Path
    file_name: str


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


class LogSink(Protocol):
    """Takes the lines of one execution as they come."""

    async def write(self, stream: Stream, lines: Sequence[bytes]) -> None:
        """Take lines without their line ends, all that came at once.

        They are safe from the end of this process when it returns. It may wait, so that a job is not faster than the
        disk and a store that works; it never fails because of the store.
        """


class ExecutionEngine(Protocol):
    """Runs executions: returns an outcome for everything that the job did, raises only for faults of the engine itself."""

    async def run(self, spec: LaunchSpec, logs: LogSink) -> Completed | Failed | Canceled | HandedBack:
        """Run to the end. The captured files lie in the execution's scratch directory until `release`."""

    async def stop(self, execution_id: int, reason: StopReason) -> None:
        """Ask a running execution to end: TERM, then KILL after the grace time. Idempotent; unknown ids are ignored."""

    async def release(self, execution_id: int) -> None:
        """Remove what the execution left on the host. Idempotent."""

    async def sweep(self) -> list[str]:
        """End and remove what dead workers of this host left running; returns the ids of those workers."""

    async def close(self) -> None:
        """Let go of what the engine holds, when no execution runs any more. Idempotent."""
