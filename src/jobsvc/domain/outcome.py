"""How an execution ends: a closed set, so that every place that handles one handles all."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any


class Cause(StrEnum):
    """Why a run ended, as far as its engine knows."""

    EXIT = "exit"
    OOM = "oom"
    TIMEOUT = "timeout"
    EVICTED = "evicted"
    NODE_LOST = "node-lost"
    IMAGE = "image"
    UNSCHEDULABLE = "unschedulable"
    START_ERROR = "start-error"
    CANCELED = "canceled"
    KILLED = "killed"
    """By somebody else."""


@dataclass(frozen=True)
class FileIdentity:
    """Which file a name stood for when it was looked at, whatever the name stands for by now."""

    device: int
    inode: int


@dataclass(frozen=True)
class CapturedFile:
    """A file that a job left for one of its outputs, and what its side-car file says of it (a GeoJSON Feature, or nothing).

    Only the file of this `identity` may be taken; None when nobody but the engine could change it.
    """

    output: str
    path: Path
    relative_path: str
    media_type: str
    metadata: Mapping[str, Any] | None = None
    identity: FileIdentity | None = None
    stream: Callable[[], AsyncIterator[bytes]] | None = None
    """Gives its bytes where it does not lie on this host; `path` is its name alone then."""


@dataclass(frozen=True)
class CapturedOutput:
    """All that a job produced: files by output, and the values of its JSON outputs by name."""

    files: tuple[CapturedFile, ...] = ()
    json: Mapping[str, Any] = field(default_factory=dict)
    input_metadata: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Metadata that the job wrote for its single-file inputs, by input name (docs/spec/behaviour/seed.md#outputs)."""


@dataclass(frozen=True)
class Usage:
    """What the job's processes used, as far as that is known: seconds of all cores, and the largest memory in MiB."""

    cpu_seconds: float | None = None
    peak_memory: float | None = None


@dataclass(frozen=True)
class TaskTimes:
    """When the job's own process ran, None when it never did, and what it used meanwhile."""

    started: datetime | None = None
    ended: datetime | None = None
    usage: Usage = Usage()
    node: str | None = None
    """Where in a cluster, as that calls it; None where it was the worker's own host."""


@dataclass(frozen=True)
class Completed:
    """The job's process ended with 0 and its outputs are all there."""

    output: CapturedOutput
    times: TaskTimes = TaskTimes()
    exit_code: int = 0


@dataclass(frozen=True)
class Failed:
    """The job failed with the error of this name: one that its manifest declares, or a builtin one."""

    error_name: str
    times: TaskTimes = TaskTimes()
    exit_code: int | None = None
    reason: str = ""
    """One sentence for people, written to the execution's log."""
    cause: Cause | None = None
    """What the engine says; None where the error and the exit code say all."""


@dataclass(frozen=True)
class Canceled:
    """The job was stopped because its user canceled it."""

    times: TaskTimes = TaskTimes()


@dataclass(frozen=True)
class HandedBack:
    """The worker had to stop before the job was done; the job goes back to the queue and this attempt does not count."""

    times: TaskTimes = TaskTimes()


@dataclass(frozen=True)
class Detached:
    """The worker has to stop and the run goes on without it: another worker takes the execution over."""


@dataclass(frozen=True)
class Lost:
    """Nobody knows how it ended: the worker is gone."""


Outcome = Completed | Failed | Canceled | HandedBack | Lost
"""Every way for an execution to end."""
