"""Looks whether anything happened in the directories of runs: a shared file system announces nothing."""

import asyncio
import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from jobsvc.engines.slurm.script import STDERR, STDOUT

POLL_SECONDS, MOST_SECONDS = 0.5, 2.0
"""Between two looks at a run."""
PAUSE_SHARE = 0.1
"""A pause is this part of the time since something last happened."""
Facts = tuple[int, int, int]
"""When the directory itself changed, in nanoseconds, and the lengths of both logs."""


class _Watched:
    """A run: what was seen last, since when that is so, and when to look again, in seconds of the loop."""

    def __init__(self, directory: Path, now: float) -> None:
        self.paths = (str(directory), str(directory / STDOUT), str(directory / STDERR))
        self.came = asyncio.Event()
        self.facts: Facts = (0, 0, 0)
        self.since = self.due = now

    def note(self, facts: Facts, now: float) -> bool:
        """Take what is seen now; whether a file was made in the directory."""
        is_noted = facts[0] != self.facts[0]
        if facts != self.facts:
            self.facts, self.since = facts, now
            self.came.set()
        self.due = now + min(max(POLL_SECONDS, PAUSE_SHARE * (now - self.since)), MOST_SECONDS)
        return is_noted


class Growth:
    """One task for all runs; it runs while one is watched. `noted` is set when a wrapper has made a note."""

    def __init__(self) -> None:
        self.noted = asyncio.Event()
        self._watched: list[_Watched] = []
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watching(self, directory: Path) -> Iterator[asyncio.Event]:
        """An event that is set when a log in the directory has grown."""
        watched = _Watched(directory, asyncio.get_running_loop().time())
        self._watched.append(watched)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield watched.came
        finally:
            self._watched.remove(watched)

    async def close(self) -> None:
        """Stop looking. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._watched:
            begin = loop.time()
            if due := [watched for watched in self._watched if watched.due <= begin]:
                facts = await asyncio.to_thread(_look, [watched.paths for watched in due])
                for watched, seen in zip(due, facts, strict=True):
                    if watched.note(seen, loop.time()):
                        self.noted.set()
            await asyncio.sleep(POLL_SECONDS)


def _look(runs: Iterable[Sequence[str]]) -> list[Facts]:
    return [(_changed(directory), _size(stdout), _size(stderr)) for directory, stdout, stderr in runs]


def _changed(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns  # noqa: PTH116 - thousands of times a minute
    except OSError:
        return 0


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return 0
