"""The engine itself: one poll for all jobs, and files in the shared directory for everything else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from jobsvc.domain.builtin_errors import TASK_LAUNCH
from jobsvc.engines.growth import Growth
from jobsvc.engines.slurm import files, states
from jobsvc.engines.slurm.offers import Offers
from jobsvc.engines.slurm.scheduler import Batch, Queued, Refused, Scheduler
from jobsvc.engines.slurm.script import SCRIPT, SlurmOptions, batch, wrapper
from jobsvc.engines.slurm.sharing import Shared
from jobsvc.engines.slurm.submitting import Submissions
from jobsvc.ports.remote_engine import Capabilities, EngineUnavailable, LogChunk, Observation, Phase, RunRejected, RunSpec

POLL_SECONDS = 5.0
"""Ends are known earlier, by what the wrappers note."""
LISTING_SECONDS = 0.5
"""Between two looks at all jobs: each new run asks for one, and a controller that lists takes no jobs meanwhile."""
CANCEL_SECONDS = 0.1
"""Between two commands that cancel: many jobs at once are canceled by one."""


class SlurmEngine:
    """A `RemoteEngine`; `runs` is the directory of all runs, at the same path on the worker and on every node."""

    name = "slurm"
    capabilities = Capabilities(uses_images=False, split_streams=True, enforces_memory=False, exact_oom=False)
    poll_seconds = POLL_SECONDS

    def __init__(self, installation: str, runs: Path, options: SlurmOptions, scheduler: Scheduler) -> None:
        self._installation = installation
        self._runs = runs
        self._options = options
        self._scheduler = scheduler
        self.capabilities = replace(self.capabilities, uses_images=options.podman is not None)
        self._growth = Growth()
        self._notes = files.Notes(runs)
        self._offers = Offers(runs)
        self._submissions = Submissions(scheduler, self._offers)
        self._listing = Shared(self._list, LISTING_SECONDS)
        self._canceling = Shared(self._cancel_all, CANCEL_SECONDS)
        self._to_cancel: dict[str | None, set[str]] = {}
        """Ids of jobs by the signal that they are to get."""

    async def prepare(self, spec: RunSpec) -> AsyncIterator[str]:
        """Write the batch script."""
        await asyncio.to_thread((spec.directory / SCRIPT).write_text, wrapper(spec, self._options), encoding="utf-8")
        nothing_to_say: tuple[str, ...] = ()
        for sentence in nothing_to_say:
            yield sentence

    async def submit(self, spec: RunSpec) -> None:
        """Hand the batch script over; if that was tried before, only when there is no job of this run, and on its own."""
        scheduler: Scheduler | Submissions = self._submissions
        if await asyncio.to_thread(self._offers.is_noted, spec.handle):
            if await self._has(spec):
                return
            scheduler = self._scheduler
        job = batch(spec, self._options)
        try:
            await _submit(scheduler, job)
        except Refused as exc:
            # Of a cluster without GPUs, the REST service says no more than that something is wrong.
            wants = f" (it asks for GPUs: {job.gpus})" if job.gpus else ""
            raise RunRejected(TASK_LAUNCH, f"Slurm refuses the job{wants}: {exc}") from exc

    async def observe(self, handles: Collection[str]) -> Mapping[str, Observation]:
        """By one listing of all jobs; what has left it is known by what its wrapper noted."""
        begun = await asyncio.to_thread(lambda: {handle for handle in handles if self._notes.has_begun(handle)})
        # Of two with the same name, the one that does nothing has ended, or still waits.
        jobs = {job.name: job for job in sorted(await self._listing.get(), key=states.liveliness)}
        self._notes.keep(handles)
        self._offers.keep(handles)
        return await asyncio.to_thread(lambda: {handle: self._observation(handle, jobs, begun) for handle in handles})

    async def changes(self) -> None:
        """Slurm tells nobody; wrappers make notes."""
        await self._growth.noted.wait()
        self._growth.noted.clear()

    def logs(self, handle: str, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        """From the growing files."""
        return files.follow(self._runs / handle, over, self._growth)

    async def stop(self, handle: str, grace_seconds: float) -> None:
        """TERM to the job's own processes, and Slurm's end of the job after the grace time; what waits ends at once."""
        loop = asyncio.get_running_loop()
        jobs = await self._living(handle)
        await self._cancel(job.id for job in jobs if job.state in states.QUEUED)
        await self._cancel((job.id for job in jobs if job.state not in states.QUEUED), "TERM")
        deadline = loop.time() + grace_seconds
        while jobs := await self._living(handle):
            if loop.time() >= deadline:
                await self._cancel(job.id for job in jobs)
                return

    async def adopt(self) -> Collection[str]:
        """The handles of all jobs of this installation that wait or run; the name of a job whose run's directory is gone."""
        prefix = f"jobsvc-{self._installation}-"
        jobs = await self._listing.get()
        # After the listing: what is in it was noted before.
        handles = await asyncio.to_thread(self._offers.by_name)
        return [handles.get(job.name, job.name) for job in jobs if job.name.startswith(prefix) and job.state in states.LIVING]

    async def remove(self, handle: str) -> None:
        """Cancel what still waits or runs, if it has not come to its end by itself; Slurm lets go of the rest."""
        ended = await asyncio.to_thread(files.read_ended, self._runs / handle)
        # What was killed may wait again.
        if ended is None or ended.exit_code > states.SIGNALS:
            await self._cancel(job.id for job in await self._living(handle))

    async def close(self) -> None:
        """Stop looking at logs, and close the connections."""
        await self._submissions.close()
        await self._growth.close()
        await self._listing.close()
        await self._canceling.close()
        await self._scheduler.close()

    async def _has(self, spec: RunSpec) -> bool:
        """Whether a run has ended, or has a job."""
        if await asyncio.to_thread(files.read_ended, spec.directory) is not None:
            return True
        return bool(await self._jobs(spec.handle))

    async def _living(self, handle: str) -> list[Queued]:
        """The jobs of a run that wait or run."""
        return [job for job in await self._jobs(handle) if job.state in states.LIVING]

    async def _jobs(self, handle: str) -> list[Queued]:
        names = await asyncio.to_thread(self._offers.names, handle)
        return [job for job in await self._listing.get() if job.name in names]

    async def _list(self) -> list[Queued]:
        try:
            return await self._scheduler.queue()
        except Refused as exc:
            # There is nothing wrong with the question.
            raise EngineUnavailable(str(exc)) from exc

    async def _cancel(self, job_ids: Iterable[str], signal: str | None = None) -> None:
        ids = set(job_ids)
        if ids:
            self._to_cancel.setdefault(signal, set()).update(ids)
            await self._canceling.get()

    async def _cancel_all(self) -> None:
        asked, self._to_cancel = self._to_cancel, {}
        for signal, ids in asked.items():
            await self._scheduler.cancel(sorted(ids), signal)

    def _observation(self, handle: str, jobs: Mapping[str, Queued], begun: Collection[str]) -> Observation:
        """`begun` are the runs of which it was known before the listing that they had."""
        named = [jobs[name] for name in self._offers.names(handle) if name in jobs]
        job = max(named, key=states.liveliness, default=None)
        if job is not None and job.state in states.QUEUED:
            if handle not in begun:
                return states.observation(job, None, None)
            job = replace(job, state=states.REQUEUED_LATE)
        started, ended = self._notes.read(handle, is_final=job is None or job.state not in states.RUNNING)
        if job is None and ended is None:
            return Observation(Phase.LOST)
        return states.observation(job or Queued(handle, "", "COMPLETED", "", "", ""), started, ended)


async def _submit(scheduler: Scheduler | Submissions, job: Batch) -> None:
    """Hand a job over. Refused."""
    try:
        await scheduler.submit(job)
    except Refused:
        if not job.avoided_node:
            raise
        # There may be no other node that could run it at all.
        await scheduler.submit(replace(job, avoided_node=None))
