"""The ends of executions, written together when they come together (docs/adr/0017-claims-and-ends-in-batches.md).

An end that comes alone is written at once. Those that come while others are being written wait for these, and are written in the
next transaction. Whatever keeps one from being written with others, it is written alone, as if there were no others.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from jobsvc.db.claims import Claim
from jobsvc.db.database import Database
from jobsvc.domain.errors import LeaseLost
from jobsvc.services import completion
from jobsvc.services.clock import Clock
from jobsvc.services.completion import Ending, ExecutionResult

log = structlog.get_logger(__name__)
MOST = 200
"""Ends in one transaction."""


@dataclass(frozen=True, eq=False)
class _End:
    claim: Claim
    result: ExecutionResult
    written: "asyncio.Future[None]"

    def settle(self, problem: BaseException | None = None) -> None:
        """Let who waits for it go on; it may have gone already."""
        if self.written.done():
            return
        if problem is None:
            self.written.set_result(None)
        else:
            self.written.set_exception(problem)


class Finisher:
    """Records how executions ended."""

    def __init__(self, database: Database, clock: Clock, *, first_wait: timedelta) -> None:
        self._db = database
        self._clock = clock
        self._first_wait = first_wait
        self._waiting: list[_End] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_writing = False

    async def finish(self, claim: Claim, result: ExecutionResult) -> None:
        """Record how an execution ended.

        Whatever else the database says, but that it cannot store the values, is raised as DatabaseUnavailable.

        Raises:
            LeaseLost: It was taken away meanwhile, or was finished before.
        """
        end = _End(claim, result, asyncio.get_running_loop().create_future())
        if result.input_metadata:
            # It changes rows that others may have locked, for whom its neighbours must not wait.
            self._spawn(end)
        else:
            self._waiting.append(end)
            if not self._is_writing:
                self._is_writing = True
                self._keep(asyncio.create_task(self._write_all()))
        await end.written

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._write(batch)
        finally:
            self._is_writing = False

    async def _write(self, batch: Sequence[_End]) -> None:
        written: set[_End] = set()
        try:
            written = await self._write_together(batch)
        except Exception as exc:  # noqa: BLE001 - each of them learns what is wrong with itself
            if len(batch) == 1:
                batch[0].settle(exc)
                return
            log.debug("finish.one_by_one", executions=len(batch), problem=str(exc))
        except BaseException as exc:
            for end in batch:
                end.settle(exc)
            raise
        for end in batch:
            if end in written:
                end.settle()
            else:
                self._spawn(end)

    async def _write_together(self, batch: Sequence[_End]) -> set[_End]:
        """Record those whose jobs and leases can be locked without waiting for somebody's job."""
        ends = {end.claim.execution_id: end for end in batch}
        async with self._db.transaction(insisting=True) as tx:
            jobs = await tx.claims.hold_free([end.claim for end in ends.values()])
            endings = [Ending(ends[execution_id].claim, job, ends[execution_id].result) for execution_id, job in jobs.items()]
            if endings:
                await completion.finish(tx, endings, self._clock(), first_wait=self._first_wait)
        return {ends[execution_id] for execution_id in jobs}

    def _spawn(self, end: _End) -> None:
        self._keep(asyncio.create_task(self._write_alone(end)))

    async def _write_alone(self, end: _End) -> None:
        try:
            await self._finish(end.claim, end.result)
        except BaseException as exc:  # noqa: BLE001 - who waits for it gets it
            end.settle(exc)
        else:
            end.settle()

    async def _finish(self, claim: Claim, result: ExecutionResult) -> None:
        async with self._db.transaction(insisting=True) as tx:
            job = await tx.job_changes.find_and_lock(claim.job_id)
            if job is None or not await tx.claims.lock_lease(claim.execution_id, claim.token):
                raise LeaseLost(f"Execution {claim.execution_id} no longer belongs to this worker.")
            await completion.finish(tx, [Ending(claim, job, result)], self._clock(), first_wait=self._first_wait)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
