"""What running containers use, read from their control groups, when the runtime is on this host.

A control group is gone as soon as its container has ended, and the runtime keeps nothing of it. So what is known of an ended
container is what was seen last: at its start, and then after ever longer pauses, so that at most the last sixth of its time is
missing, and never more than ten seconds. A container that was never seen running is unknown, as is one of another host.
"""

import asyncio
import contextlib
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jobsvc.domain.outcome import Usage

GROUPS = Path("/sys/fs/cgroup")
FIRST_SECONDS, MOST_SECONDS = 0.1, 10.0
"""Between two looks at a container."""
PAUSE_SHARE = 0.2
"""A pause is this part of the time that the container was looked at."""
MICRO, NANO, MIB = 10**6, 10**9, 2**20
MOST_BYTES = 1 << 16


@dataclass(frozen=True)
class ControlGroup:
    """Where the kernel counts for a container: one directory of version 2, `is_unified`, or two of version 1."""

    cpu: Path
    memory: Path
    is_unified: bool

    @classmethod
    def of(cls, inspected: Mapping[str, Any]) -> "ControlGroup | None":
        """That of a running container; None when it is none of this host, or there are no such groups."""
        pid, container_id = int(inspected["State"].get("Pid") or 0), str(inspected["Id"])
        try:
            lines = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        except (OSError, ValueError):
            return None
        paths = {
            controller: path.lstrip("/")
            for _, controllers, path in (line.split(":", 2) for line in lines)
            for controller in controllers.split(",")
            # The process of that number may be anything, if the runtime is on another host.
            if container_id in path
        }
        if "cpuacct" in paths and "memory" in paths:
            return cls(GROUPS / "cpuacct" / paths["cpuacct"], GROUPS / "memory" / paths["memory"], is_unified=False)
        return cls(GROUPS / paths[""], GROUPS / paths[""], is_unified=True) if "" in paths else None

    def read(self) -> Usage | None:
        """What was used so far; None when the group is gone."""
        if self.is_unified:
            micro, peak = _field(self.cpu / "cpu.stat", b"usage_usec"), _number(self.memory / "memory.peak")
            return _usage(None if micro is None else micro / MICRO, peak)
        nano, peak = _number(self.cpu / "cpuacct.usage"), _number(self.memory / "memory.max_usage_in_bytes")
        return _usage(None if nano is None else nano / NANO, peak)


class _Sampled:
    """A container: where to look, what was seen last, since when and when again, in seconds of the loop."""

    def __init__(self, group: ControlGroup | None, now: float) -> None:
        self.group = group
        self.since = self.due = now
        self.usage = Usage()

    def sample(self, now: float) -> None:
        """Look at it; what is gone is not looked at again."""
        if self.group and (usage := self.group.read()):
            self.usage = usage
            self.due = now + min(max(FIRST_SECONDS, PAUSE_SHARE * (now - self.since)), MOST_SECONDS)
        else:
            self.group = None


class UsageSampler:
    """One task for all containers. It runs while one of them can be looked at."""

    def __init__(self) -> None:
        self._sampled: dict[str, _Sampled] = {}
        self._task: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()

    def begin(self, handle: str, inspected: Mapping[str, Any]) -> None:
        """Look at a running container now, and from now on. Idempotent."""
        if handle in self._sampled:
            return
        now = asyncio.get_running_loop().time()
        sampled = self._sampled[handle] = _Sampled(ControlGroup.of(inspected), now)
        sampled.sample(now)
        self._begun.set()
        if sampled.group and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    def last(self, handle: str) -> Usage:
        """What was seen last; nothing is known of a container that was not looked at."""
        return self._sampled[handle].usage if handle in self._sampled else Usage()

    def keep(self, handles: Collection[str]) -> None:
        """Drop all others."""
        self._sampled = {handle: sampled for handle, sampled in self._sampled.items() if handle in handles}

    async def close(self) -> None:
        """Stop looking. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while there := [sampled for sampled in self._sampled.values() if sampled.group]:
            self._begun.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(sampled.due for sampled in there)):
                    await self._begun.wait()
            for sampled in there:
                if sampled.due <= loop.time():
                    sampled.sample(loop.time())


def _usage(seconds: float | None, peak: int | None) -> Usage | None:
    if seconds is None and peak is None:
        return None
    return Usage(seconds, None if peak is None else round(peak / MIB, 1))


def _number(file: Path) -> int | None:
    try:
        return int(_text(file))
    except (OSError, ValueError):
        return None


def _field(file: Path, name: bytes) -> int | None:
    try:
        fields = dict(line.split(maxsplit=1) for line in _text(file).splitlines())
        return int(fields[name])
    except (OSError, ValueError, KeyError):
        return None


def _text(file: Path) -> bytes:
    """Those files are short; a file object would cost three times as much, thousands of times a minute."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(descriptor, MOST_BYTES)
    finally:
        os.close(descriptor)
