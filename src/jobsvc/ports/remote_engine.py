"""The port of engines whose runs live elsewhere: in a container runtime, on a cluster. A run survives the worker that began it.

A run is known by its handle. The handle is recorded in the database before an engine is called, so whoever takes the
execution over later finds the run again, or finds that it was never begun.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from jobsvc.domain.outcome import CapturedOutput, Cause, TaskTimes, Usage
from jobsvc.domain.seed import SeedManifest
from jobsvc.domain.status import Stream
from jobsvc.ports.engine import Origin


class EngineUnavailable(Exception):
    """The engine does not answer at this moment: nothing is known, and it is asked again later."""


class RunRejected(Exception):
    """The engine refuses a run for good; asking again would not help."""

    def __init__(self, error_name: str, reason: str) -> None:
        """`error_name` is that of a builtin error, `reason` a sentence for the execution's log."""
        super().__init__(reason)
        self.error_name = error_name
        self.reason = reason


class Phase(StrEnum):
    """Where a run is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"
    """The engine knows no such run."""


@dataclass(frozen=True)
class Observation:
    """What an engine says of a run.

    `reason` is a sentence: why it waits, or what ended it. `exit_code` is 128 + n for a signal n.
    """

    phase: Phase
    cause: Cause | None = None
    exit_code: int | None = None
    reason: str = ""
    node: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    usage: Usage = field(default_factory=Usage)
    error_name: str = ""
    """The builtin error that it is, where the cause does not say it."""

    @property
    def times(self) -> TaskTimes:
        """What an execution's outcome says of it."""
        return TaskTimes(self.started, self.ended, self.usage, self.node)


@dataclass(frozen=True)
class Bind:
    """A file or directory of this host that the run sees at a path of its own."""

    source: Path
    target: str
    is_read_only: bool = True


@dataclass(frozen=True)
class CarriedInput:
    """An input file that is carried to the run: its path below the inputs, what sentences call it, and where it lies.

    That is a path of this host, unless it has an origin.
    """

    target: str
    label: str
    path: Path
    origin: Origin | None = None


@dataclass(frozen=True)
class RunSpec:
    """What an engine is to run.

    `resources` are cpus, gpus, and MiB of mem, disk and sharedmem. `directory` is the run's own one on this host, with
    `output` in it. `options` are those of the job type for this engine. `timeout` is in seconds.
    """

    handle: str
    labels: Mapping[str, str]
    image: str | None
    command: Sequence[str]
    environment: Mapping[str, str]
    binds: Sequence[Bind]
    directory: Path
    resources: Mapping[str, float]
    timeout: float | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    inputs: Sequence[CarriedInput] = ()
    """Those that are no binds, for an engine that does not share files."""
    disk: int | None = None
    """How many bytes it may write, as its manifest asks; None: any number."""
    avoided_node: str | None = None
    """One of a cluster that it is not to run on while there is another one."""


@dataclass(frozen=True)
class LogChunk:
    """Bytes of one stream of a run as they were written, and when: the same time whenever they are read."""

    stream: Stream
    data: bytes
    time: datetime


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do, for those who rely on it.

    `split_streams`: standard output and errors can be told apart. `enforces_memory`: a run cannot use more than it
    asked for. `exact_oom`: a run that was killed for its memory says so. `uses_images`: a run is a container and sees paths
    of its own; else it is a process that sees those of this host.
    `shares_files`: it sees directories of this host.
    """

    uses_images: bool
    split_streams: bool
    enforces_memory: bool
    exact_oom: bool
    shares_files: bool = True


class RemoteEngine(Protocol):
    """Runs that live elsewhere. Every method may raise EngineUnavailable."""

    name: str
    capabilities: Capabilities
    poll_seconds: float
    """How often `observe` is asked at least, for all runs at once."""

    def prepare(self, spec: RunSpec) -> AsyncIterator[str]:
        """Have ready what a run needs, as its image; yields sentences about that for the execution's log.

        Raises:
            RunRejected: It cannot be had.
        """

    async def submit(self, spec: RunSpec) -> None:
        """Begin a run, or find that it has begun.

        Raises:
            RunRejected: It cannot be begun, or another's run has its name.
        """

    async def observe(self, handles: Collection[str]) -> Mapping[str, Observation]:
        """What became of these runs, all asked for at once."""

    async def changes(self) -> None:
        """Return when something may have changed, at the earliest occasion; engines that cannot tell wait for ever."""

    def logs(self, handle: str, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        """All that a run writes, from its first byte: the same bytes in the same sequence every time.

        It ends when nothing more is there after `over` was set: the run has ended, or is lost.
        """

    async def stop(self, handle: str, grace_seconds: float) -> None:
        """End a run: TERM, and KILL after the grace time. Idempotent, also for a run that is gone or was never begun."""

    async def adopt(self) -> Collection[str]:
        """The handles of all runs of this installation that are there."""

    async def remove(self, handle: str) -> None:
        """Remove what is left of an ended run, once its outputs and its log are taken. Idempotent."""

    async def close(self) -> None:
        """Close connections. Idempotent."""


class CarryingEngine(RemoteEngine, Protocol):
    """An engine that does not share files: what its runs leave is brought to where this host can read it."""

    async def outputs(
        self, handle: str, manifest: SeedManifest, provided: Collection[str]
    ) -> tuple[CapturedOutput, Sequence[str]]:
        """What a run has left that ended with 0, and sentences for its log; `provided` are the inputs that had files.

        Waits for as long as it takes. OutputProblem: it is not as it has to be, or cannot be had.
        """
