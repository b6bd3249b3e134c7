"""Looks whether anything happened to the files of runs, where nobody announces that, or not all of it."""

import asyncio
import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

POLL_SECONDS, MOST_SECONDS = 0.5, 2.0
"""Between two looks at a run."""
PAUSE_SHARE = 0.1
"""A pause is this part of the time since something last happened."""
Facts = list[tuple[int, int]]
"""When each path changed, in nanoseconds, and its length."""


class _Watched:
    """A run: what was seen last, since when that is so, and when to look again, in seconds of the loop."""

    def __init__(self, paths: Sequence[Path], came: asyncio.Event, now: float) -> None:
        self.paths = [str(path) for path in paths]
        self.came = came
        self.facts: Facts = [(-1, -1)] * len(paths)
        self.since = self.due = now

    def note(self, facts: Facts, now: float) -> bool:
        """Take what is seen now; whether the first path changed: for a directory, whether a file was made in it."""
        is_noted = facts[0] != self.facts[0]
        if facts != self.facts:
            self.facts, self.since = facts, now
            self.came.set()
        self.due = now + min(max(POLL_SECONDS, PAUSE_SHARE * (now - self.since)), MOST_SECONDS)
        return is_noted


class Growth:
    """One task for all runs; it runs while one is watched. `noted` is set when the first path of one has changed."""

    def __init__(self) -> None:
        self.noted = asyncio.Event()
        self._watched: list[_Watched] = []
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watching(self, *paths: Path, came: asyncio.Event | None = None) -> Iterator[asyncio.Event]:
        """An event that is set when one of the paths has changed, and at the first look: `came`, or one of its own."""
        watched = _Watched(paths, came or asyncio.Event(), asyncio.get_running_loop().time())
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
    return [[_facts(path) for path in paths] for paths in runs]


def _facts(path: str) -> tuple[int, int]:
    """Zeros for what is not there."""
    try:
        stat = os.stat(path)  # noqa: PTH116 - thousands of times a minute
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_size
