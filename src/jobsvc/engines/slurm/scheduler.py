"""What the engine asks of Slurm: the small table that its commands and its REST service both fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Refused(Exception):
    """Slurm says that something is wrong with a request; the text is what it said."""


@dataclass(frozen=True)
class Batch:
    """A job as Slurm is to have it: `script` is its text and `file` where that is; MiB of memory, minutes until its end.

    `chosen` are partition, account, qos and constraint, as far as somebody chose them.
    """

    name: str
    comment: str
    directory: Path
    script: str
    file: Path
    cpus: int
    memory: int | None = None
    gpus: int | None = None
    minutes: int | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Queued:
    """A job as `squeue` lists it."""

    name: str
    id: str
    state: str
    reason: str
    node: str
    end: str
    """Seconds since 1970, when it has ended or will have to."""


class Scheduler(Protocol):
    """A way to Slurm. Every method may raise EngineUnavailable."""

    async def submit(self, batch: Batch) -> None:
        """Hand a job over. Refused."""

    async def queue(self) -> list[Queued]:
        """All jobs of the worker's user, those included that ended not long ago. Refused."""

    async def cancel(self, job_ids: Sequence[str], signal: str | None = None) -> None:
        """End jobs, or send a signal such as TERM to all of their processes; what is gone is left out."""

    async def close(self) -> None:
        """Close connections. Idempotent."""
