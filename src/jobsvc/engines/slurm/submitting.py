"""Jobs that are handed over at about the same time become one array, as far as they ask for the same."""

import asyncio
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import replace

from jobsvc.engines.slurm.offers import Offers
from jobsvc.engines.slurm.scheduler import Batch, Refused, Scheduler, task_name
from jobsvc.engines.slurm.script import SCRIPT
from jobsvc.engines.slurm.sharing import Shared
from jobsvc.ports.remote_engine import EngineUnavailable

TOGETHER_SECONDS = 0.1
"""Between two submissions: the first of many jobs goes at once, and the others in an array after it."""
SCRIPT_OF_ARRAY = """#!/bin/sh
# Runs one of many jobs that were submitted together: the one of this number, counted from 0.
set -- {directories}
shift "$SLURM_ARRAY_TASK_ID"
exec sh "$1/{script}"
"""


class Submissions:
    """Hands runs over that were never offered to Slurm; which they are is noted before."""

    def __init__(self, scheduler: Scheduler, offers: Offers) -> None:
        self._scheduler = scheduler
        self._offers = offers
        self._waiting: dict[str, Batch] = {}
        self._submitting = Shared(self._submit_all, TOGETHER_SECONDS)

    async def submit(self, batch: Batch) -> None:
        """Hand a job over, together with others. Refused, EngineUnavailable."""
        self._waiting[batch.name] = batch
        problem = (await self._submitting.get()).get(batch.name)
        if problem is not None:
            raise problem

    async def close(self) -> None:
        """End what is under way. Idempotent."""
        await self._submitting.close()

    async def _submit_all(self) -> dict[str, Exception]:
        """What came of each, by its name, where that is not well."""
        waiting, self._waiting = self._waiting, {}
        groups: dict[object, list[Batch]] = {}
        for batch in waiting.values():
            groups.setdefault(batch.demands, []).append(batch)
        parts = [part for group in groups.values() for part in _parts(group, self._scheduler.most_tasks)]
        results = await asyncio.gather(*map(self._submit, parts))
        return {name: problem for result in results for name, problem in result.items()}

    async def _submit(self, batches: Sequence[Batch]) -> dict[str, Exception]:
        if len(batches) == 1:
            return await self._submit_each(batches)
        array = _array(batches)
        names = [task_name(array.name, number) for number in range(len(batches))]
        is_noted = await asyncio.to_thread(lambda: [self._offers.note(b.name, n) for b, n in zip(batches, names, strict=True)])
        if not all(is_noted):
            # The tasks of an array are not to change any more, so those that were noted are looked for when they come again.
            return {batch.name: EngineUnavailable("another worker offers some of these jobs to Slurm") for batch in batches}
        try:
            await self._scheduler.submit(array)
        except Refused:
            # As for its size; of single jobs it is seen which of them is at fault.
            return await self._submit_offered(batches)
        except EngineUnavailable as exc:
            return {batch.name: EngineUnavailable(str(exc)) for batch in batches}
        return {}

    async def _submit_each(self, batches: Sequence[Batch]) -> dict[str, Exception]:
        for batch in batches:
            await asyncio.to_thread(self._offers.note, batch.name, batch.name)
        return await self._submit_offered(batches)

    async def _submit_offered(self, batches: Sequence[Batch]) -> dict[str, Exception]:
        results = await asyncio.gather(*(self._scheduler.submit(batch) for batch in batches), return_exceptions=True)
        return {batch.name: result for batch, result in zip(batches, results, strict=True) if isinstance(result, Exception)}


def _parts(batches: Sequence[Batch], most: int) -> Iterator[Sequence[Batch]]:
    return (batches[begin : begin + most] for begin in range(0, len(batches), most))


def _array(batches: Sequence[Batch]) -> Batch:
    """One job of them all. It is named after the first one, which is never offered again as one of an array."""
    first = batches[0]
    directories = shlex.join(str(batch.directory) for batch in batches)
    return replace(
        first,
        name=f"{first.name}+{len(batches) - 1}",
        directory=first.directory.parent,
        script=SCRIPT_OF_ARRAY.format(directories=directories, script=SCRIPT),
        tasks=len(batches),
    )
