"""What the engine asks of Slurm: the small table that its commands and its REST service both fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


class Refused(Exception):
    """Slurm says that something is wrong with a request; the text is what it said."""


@dataclass(frozen=True)
class Batch:
    """A job as Slurm is to have it: `script` is its text; MiB of memory, minutes until its end.

    `chosen` are partition, account, qos and constraint, as far as somebody chose them. With several `tasks` it is an array
    of so many jobs, whose numbers begin with 0.
    """

    name: str
    """That of the comment as well, by which a job is known that somebody renames."""
    directory: Path
    script: str
    cpus: int
    memory: int | None = None
    gpus: int | None = None
    minutes: int | None = None
    avoided_node: str | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)
    tasks: int = 1

    @property
    def demands(self) -> object:
        """What all tasks of an array have in common."""
        return self.cpus, self.memory, self.gpus, self.minutes, self.avoided_node, *self.chosen.items()


@dataclass(frozen=True)
class Queued:
    """A job as `squeue` lists it; a task of an array is one, called by `task_name`."""

    name: str
    id: str
    state: str
    reason: str
    node: str
    end: str
    """Seconds since 1970, when it has ended or will have to."""


def task_name(array: str, number: int | str) -> str:
    """The name of one job of an array: Slurm gives all of them that of the array."""
    return f"{array}[{number}]"


class Scheduler(Protocol):
    """A way to Slurm. Every method may raise EngineUnavailable."""

    most_tasks: int
    """How many jobs an array may have; 1 where there are none."""

    async def submit(self, batch: Batch) -> None:
        """Hand a job over. Refused."""

    async def queue(self) -> list[Queued]:
        """All jobs of the worker's user, those included that ended not long ago. Refused."""

    async def cancel(self, job_ids: Sequence[str], signal: str | None = None) -> None:
        """End jobs, or send a signal such as TERM to all of their processes; what is gone is left out."""

    async def close(self) -> None:
        """Close connections. Idempotent."""
