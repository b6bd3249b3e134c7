"""The engine itself: one poll for all jobs, and files in the shared directory for everything else."""

import asyncio
import getpass
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from jobsvc.domain.builtin_errors import TASK_LAUNCH
from jobsvc.engines.slurm import commands, files, states
from jobsvc.engines.slurm.commands import CommandFailed
from jobsvc.engines.slurm.script import SlurmOptions, arguments, wrapper
from jobsvc.ports.remote_engine import Capabilities, LogChunk, Observation, Phase, RunRejected, RunSpec

POLL_SECONDS = 2.0
LISTING_SECONDS = 0.5
"""Between two looks at all jobs: each new run asks for one, and a controller that lists takes no jobs meanwhile."""
SCRIPT = "run.sh"


class SlurmEngine:
    """A `RemoteEngine`; `runs` is the directory of all runs, at the same path on the worker and on every node."""

    name = "slurm"
    capabilities = Capabilities(uses_images=False, split_streams=True, enforces_memory=False, exact_oom=False)
    poll_seconds = POLL_SECONDS

    def __init__(self, installation: str, runs: Path, options: SlurmOptions) -> None:
        self._installation = installation
        self._runs = runs
        self._options = options
        self.capabilities = replace(self.capabilities, uses_images=options.podman is not None)
        self._growth = files.Growth()
        self._next_listing = 0.0

    async def prepare(self, spec: RunSpec) -> AsyncIterator[str]:
        """Write the batch script."""
        await asyncio.to_thread((spec.directory / SCRIPT).write_text, wrapper(spec, self._options), encoding="utf-8")
        nothing_to_say: tuple[str, ...] = ()
        for sentence in nothing_to_say:
            yield sentence

    async def submit(self, spec: RunSpec) -> None:
        """Hand the batch script over; if that was tried before, only when there is no job of this name."""
        if await asyncio.to_thread(files.note_offered, spec.directory) and await self._has(spec):
            return
        script = str(spec.directory / SCRIPT)
        try:
            await commands.run("sbatch", *arguments(spec, self._options, self._installation), script)
        except CommandFailed as exc:
            raise RunRejected(TASK_LAUNCH, f"Slurm refuses the job: {exc}") from exc

    async def observe(self, handles: Collection[str]) -> Mapping[str, Observation]:
        """By one listing of all jobs; what has left it is known by what its wrapper noted."""
        await self._pause()
        # Of two with the same name, the one that does nothing has ended, or still waits.
        jobs = {job.name: job for job in sorted(await self._queue(), key=states.liveliness)}
        return await asyncio.to_thread(lambda: {handle: self._observation(handle, jobs.get(handle)) for handle in handles})

    async def changes(self) -> None:
        """Slurm tells nobody."""
        await asyncio.Event().wait()

    def logs(self, handle: str, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        """From the growing files."""
        return files.follow(self._runs / handle, over, self._growth)

    async def stop(self, handle: str, grace_seconds: float) -> None:
        """TERM to the job's own processes, and Slurm's end of the job after the grace time."""
        for job in [item for item in await self._queue() if item.name == handle]:
            await self._cancel("--signal=TERM", "--full", job.id)
        for _ in range(max(1, round(grace_seconds / 0.5))):
            if all(item.name != handle or item.state not in states.LIVING for item in await self._queue()):
                return
            await asyncio.sleep(0.5)
        for job in [item for item in await self._queue() if item.name == handle]:
            await self._cancel("--full", job.id)

    async def adopt(self) -> Collection[str]:
        """The names of all jobs of this installation that wait or run."""
        prefix = f"jobsvc-{self._installation}-"
        return [job.name for job in await self._queue() if job.name.startswith(prefix) and job.state in states.LIVING]

    async def remove(self, handle: str) -> None:
        """Cancel what still waits or runs; Slurm lets go of the rest by itself."""
        for job in [item for item in await self._queue() if item.name == handle and item.state in states.LIVING]:
            await self._cancel(job.id)

    async def close(self) -> None:
        """Stop looking at logs."""
        await self._growth.close()

    async def _has(self, spec: RunSpec) -> bool:
        """Whether a run has ended, or has a job."""
        return files.read_ended(spec.directory) is not None or any(job.name == spec.handle for job in await self._queue())

    async def _pause(self) -> None:
        """Wait until it is time for another look."""
        now = asyncio.get_running_loop().time()
        begins = max(now, self._next_listing)
        self._next_listing = begins + LISTING_SECONDS
        await asyncio.sleep(begins - now)

    async def _queue(self) -> list[states.Queued]:
        text = await commands.run(
            "squeue", "--noheader", "--states=all", f"--user={getpass.getuser()}", f"--format={states.FORMAT}"
        )
        return list(states.parse_queue(text))

    async def _cancel(self, *arguments: str) -> None:
        try:
            await commands.run("scancel", *arguments)
        except CommandFailed:
            return

    def _observation(self, handle: str, job: states.Queued | None) -> Observation:
        directory = self._runs / handle
        started, ended = files.read_started(directory), files.read_ended(directory)
        if job is None and ended is None:
            return Observation(Phase.LOST)
        return states.observation(job or states.Queued(handle, "", "COMPLETED", "", "", ""), started, ended)
