"""Ends runs that fill the disk: what others need there is not theirs to take."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN, FILESYSTEM_IO
from jobsvc.engines.remote.run_dir import RunDir
from jobsvc.engines.remote.tree_size import tree_size

log = structlog.get_logger(__name__)
MIB = 2**20
FIRST_SECONDS, MOST_SECONDS = 1.0, 10.0
"""Before the first look at a run and the next one at runs that grow; the longest pause, when none does."""
PAUSE_FACTOR = 20
"""A pause is so many times as long as the look before it, up to the longest."""
GROWTH = 4 * MIB
MARGIN, MARGIN_SHARE = 64 * MIB, 0.1
"""What a run may have beyond its limit: directories and blocks are counted, too, and a look is a moment late anyway."""
LEAST_OUTPUT = 16 * MIB
"""A run with less is not ended for the disk: others must have filled it, and nothing would be gained."""
RELEASE_SECONDS = 60.0
"""How long what a stopped run has written may take to be removed before another run is ended for the same shortage."""


@dataclass(frozen=True)
class Excess:
    """Why a run has to end: the name of a builtin error, and a sentence for the execution's log."""

    error_name: str
    reason: str


class Guarded:
    """One run: its directory, how many bytes it may write (None: any number), and `excess` once it has to end."""

    def __init__(self, directory: RunDir, limit: int | None) -> None:
        self.directory = directory
        self.limit = limit
        self.size = 0
        self.excess: Excess | None = None
        self.exceeded = asyncio.Event()

    def end(self, excess: Excess) -> None:
        """Say that it has to end."""
        self.excess = excess
        self.exceeded.set()


@dataclass(frozen=True)
class _Look:
    """Bytes that are free on the disk, bytes of every run, which of the stopped ones are still there, and its seconds."""

    free: int
    sizes: list[int]
    unreleased: set[Path]
    seconds: float


class OutputGuard:
    """One task for all runs of an engine. It runs while any run is guarded.

    A run that asks for an amount of disk is ended when it has written clearly more. When the disk has less than the floor
    free, the largest run is ended, whatever it asked for; the next one not before that one's directory is removed.
    """

    def __init__(self, engine_name: str, runs: Path, *, min_free_mib: int) -> None:
        """`runs` has the directories of all runs; `min_free_mib` is the floor, 0 for none."""
        self._engine_name = engine_name
        self._runs = runs
        self._floor = min_free_mib * MIB
        self._guarded: list[Guarded] = []
        self._stopped: dict[Path, float] = {}
        self._begun = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def watching(self, directory: RunDir, limit: int | None) -> Iterator[Guarded]:
        """Look at a run for the time of the block."""
        guarded = Guarded(directory, limit)
        self._guarded.append(guarded)
        self._begun.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield guarded
        finally:
            self._guarded.remove(guarded)

    async def close(self) -> None:
        """Stop looking. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        pause = FIRST_SECONDS
        while self._guarded:
            if await self._has_begun(pause):
                pause = FIRST_SECONDS
                await asyncio.sleep(pause)
            runs = [guarded for guarded in self._guarded if self._floor or guarded.limit is not None]
            try:
                look = await asyncio.to_thread(self._look, runs)
            except Exception:
                log.exception("engine.output_look_failed", engine=self._engine_name)
                pause = MOST_SECONDS
                continue
            has_grown = any(size > run.size + GROWTH for run, size in zip(runs, look.sizes, strict=True))
            self._judge(runs, look)
            pause = FIRST_SECONDS if has_grown else 2 * pause
            pause = min(max(pause, PAUSE_FACTOR * look.seconds), MOST_SECONDS)

    async def _has_begun(self, within: float) -> bool:
        """Wait for a new run, for so many seconds; whether there is one."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._begun.wait()
        has_begun = self._begun.is_set()
        self._begun.clear()
        return has_begun

    def _look(self, runs: Iterable[Guarded]) -> _Look:
        began = time.perf_counter()
        disk = os.statvfs(self._runs)
        sizes = [tree_size(run.directory.output) + tree_size(run.directory.tmp) for run in runs]
        unreleased = {path for path in self._stopped if path.exists()}
        return _Look(disk.f_bavail * disk.f_frsize, sizes, unreleased, time.perf_counter() - began)

    def _judge(self, runs: Iterable[Guarded], look: _Look) -> None:
        for run, size in zip(runs, look.sizes, strict=True):
            run.size = size
        self._stopped = {path: since for path, since in self._stopped.items() if path in look.unreleased}
        running = [run for run in runs if run.excess is None and run in self._guarded]
        for run in running:
            if run.limit is not None and run.size > run.limit * (1 + MARGIN_SHARE) + MARGIN:
                self._end(run, _beyond_limit(run.size, run.limit))
        if look.free < self._floor and not self._is_releasing():
            rest = [run for run in running if run.excess is None and run.size >= LEAST_OUTPUT]
            if largest := max(rest, key=lambda run: run.size, default=None):
                self._end(largest, _beyond_floor(largest.size, look.free, self._floor))

    def _is_releasing(self) -> bool:
        """Whether there will be more room soon."""
        return any(time.monotonic() < since + RELEASE_SECONDS for since in self._stopped.values())

    def _end(self, run: Guarded, excess: Excess) -> None:
        log.warning("engine.output_too_large", engine=self._engine_name, handle=run.directory.root.name, problem=excess.reason)
        self._stopped[run.directory.root] = time.monotonic()
        run.end(excess)


def _beyond_limit(size: int, limit: int) -> Excess:
    asked = f"the {limit // MIB} MiB of disk that the manifest asks for"
    return Excess(ALGORITHM_UNKNOWN, f"stopped, because its files take {size // MIB} MiB, more than {asked}")


def _beyond_floor(size: int, free: int, floor: int) -> Excess:
    """The job did nothing that it may not do: the fault is the system's, and it is tried again."""
    shortage = f"the disk of the outputs has {free // MIB} MiB left, {floor // MIB} are needed"
    return Excess(FILESYSTEM_IO, f"stopped, because {shortage}, and no other run has files of more than its {size // MIB} MiB")
