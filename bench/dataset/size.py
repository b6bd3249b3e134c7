"""How much there is of everything, and how much room that takes."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

TYPES, ERRORS, NODES, WORKSPACES = 40, 12, 50, 3
SPAN = timedelta(days=730)
"""From the first job to the last one."""
LIVE_SPAN = timedelta(hours=2)
"""In which the jobs that wait or run were made."""
BYTES_PER_JOB = 3400
"""With everything that belongs to a job and all indexes, rounded up."""
RESERVE = 3 << 30
"""Bytes for the write-ahead log, and for sorting while indexes are made."""


@dataclass(frozen=True)
class Size:
    """A number of jobs, and what follows from it."""

    jobs: int
    until: datetime

    @property
    def queued(self) -> int:
        """Jobs that wait: as many in a large history as in a small one."""
        return min(3000, self.jobs // 20)

    @property
    def running(self) -> int:
        """Jobs that run."""
        return min(500, self.jobs // 100)

    @property
    def recipes(self) -> int:
        """Recipes; ten of them are a batch."""
        return min(2000, max(10, self.jobs // 50))

    @property
    def batches(self) -> int:
        """Batches."""
        return self.recipes // 10

    @property
    def groups(self) -> int:
        """Pairs of source files of one sensor and time."""
        return max(1, self.jobs // 20)

    @property
    def stride(self) -> int:
        """How many jobs later the one comes that replaces a job."""
        return max(1, self.jobs // 100)

    @property
    def parameters(self) -> dict[str, str]:
        """What the statements need, by name, as SQL."""
        numbers = {name: getattr(self, name) for name in ("jobs", "queued", "running", "recipes", "batches", "groups", "stride")}
        constants = {"types": TYPES, "nodes": NODES, "workspaces": WORKSPACES, "chain": self.stride * 4}
        until = f"timestamptz '{self.until.astimezone(UTC).isoformat()}'"
        spans = {"span": SPAN, "live_span": LIVE_SPAN}
        intervals = {name: f"interval '{span.total_seconds():.0f} seconds'" for name, span in spans.items()}
        return {name: f"{number}::bigint" for name, number in (numbers | constants).items()} | intervals | {"until": until}


def bytes_needed(jobs: int) -> int:
    """How much room a history of this size takes at most while it is made."""
    return jobs * BYTES_PER_JOB + RESERVE


def require_space(directory: Path, jobs: int) -> str:
    """What it needs and what there is, in words; ends the program when that is less."""
    directory.mkdir(parents=True, exist_ok=True)
    needed, free = bytes_needed(jobs), shutil.disk_usage(directory).free
    text = f"{jobs:,} jobs need {_gib(needed)} in {directory}, where {_gib(free)} are free"
    if free < needed:
        raise SystemExit(f"{text}. Name another --directory, or fewer --jobs.")
    return text


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
