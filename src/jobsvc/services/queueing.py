"""The queue as workers use it: claim, stay alive, finish; and the rescue of what dead workers left."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from jobsvc import metrics
from jobsvc.db.claims import Claim, Engines, Lease
from jobsvc.db.database import Database, Transaction
from jobsvc.db.queue_head import Owner
from jobsvc.domain.outcome import Canceled, Lost
from jobsvc.services import completion
from jobsvc.services.clock import Clock
from jobsvc.services.completion import Ending, ExecutionResult
from jobsvc.services.finishing import Finisher
from jobsvc.services.launching import Launch, Planned, plan_all

log = structlog.get_logger(__name__)
RESCUE_CHUNK = 100
SUBPROCESS = "subprocess"
OWN_PROCESSES = Engines(SUBPROCESS, {SUBPROCESS: None}, on_host=(SUBPROCESS,))
"""The engine that every worker has: processes of its own, which end with it."""
SILENT_LEASES = 5


@dataclass(frozen=True)
class Worker:
    """Who claims: a process on a node."""

    id: str
    node_id: int
    pid: int = field(default_factory=os.getpid)
    slots: int = 1
    engines: Sequence[str] = ()
    engines_on_host: Sequence[str] = ()
    """Those whose runs take their resources of the node."""


@dataclass(frozen=True)
class Claimed:
    """An execution of this worker, and the plan that was made with its claim."""

    claim: Claim
    planned: Planned | None = None


class QueueService:
    """Use cases of workers. Every write for an execution shows the lease's token first."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        lease: timedelta,
        cancel_deadline: timedelta,
        first_wait: timedelta = timedelta(0),
    ) -> None:
        """`first_wait`: before a job is tried again that the system has failed once."""
        self._db = database
        self._clock = clock
        self._lease = lease
        self._cancel_deadline = cancel_deadline
        self._first_wait = first_wait
        self._finisher = Finisher(database, clock, first_wait=first_wait)

    async def claim(self, worker: Worker, engines: Engines = OWN_PROCESSES) -> list[Claimed]:
        """Take the best waiting jobs that may run now on these engines, as many as they have room for."""
        async with self._db.transaction() as tx:
            claimed = {engine: await self._claim(tx, worker, engines, engine) for engine in engines.places}
        for engine, items in claimed.items():
            metrics.CLAIMS.labels(engine).inc(len(items))
        return [item for items in claimed.values() for item in items]

    async def _claim(self, tx: Transaction, worker: Worker, engines: Engines, engine: str) -> list[Claimed]:
        now = self._clock()
        is_on_host = engine in engines.on_host
        waiting = await tx.queue_head.pick(worker.node_id, engine, engines.default, engines.slots(engine), is_on_host=is_on_host)
        if not waiting:
            return []
        planned = await plan_all(tx, [item.inputs for item in waiting])
        owner = Owner(worker.id, worker.node_id, engines.places[engine])
        claims = await tx.queue_head.start(waiting, [plan.record for plan in planned], owner, self._lease, now)
        return [Claimed(claim, plan) for claim, plan in zip(claims, planned, strict=True)]

    async def take_over(self, worker: Worker, engines: Engines) -> list[tuple[Lease, Planned]]:
        """Take over runs of these engines that go on elsewhere while their workers are gone, as many as there is room for."""
        places = {engine: place for engine, place in engines.places.items() if place is not None}
        async with self._db.transaction() as tx:
            leases = [
                lease
                for engine, place in places.items()
                for lease in await tx.claims.take_over(worker.id, place, self._lease, engines.slots(engine))
            ]
            return list(zip(leases, await _plan_executions(tx, leases), strict=True))

    async def let_go(self, claim: Claim) -> None:
        """Leave a run that goes on elsewhere to other workers."""
        async with self._db.transaction() as tx:
            await tx.claims.let_go(claim)

    async def unknown_handles(self, handles: Collection[str]) -> set[str]:
        """Those of the runs that belong to no execution which has not ended."""
        async with self._db.reading() as tx:
            return set(handles) - await tx.claims.known_handles(handles)

    async def launch(self, claim: Claim) -> Launch:
        """What the engine needs for an execution whose plan is not at hand: another worker, or another claim, has begun it.

        Raises:
            LaunchProblem: The execution cannot be started.
        """
        async with self._db.transaction() as tx:
            [planned] = await _plan_executions(tx, [claim])
        return planned.launch(claim)

    async def renew(
        self, worker: Worker, running: Collection[int] | None = None, waits: Mapping[int, str] | None = None
    ) -> list[Lease]:
        """Heartbeat: keeps the leases of what the worker runs, and says which it still holds and which are to be stopped.

        What it does not run any more, and has not finished either, is left to the rescue. `waits` says of executions
        whose engine has not begun them yet why not.
        """
        async with self._db.transaction() as tx:
            await tx.nodes.register(
                worker.id,
                worker.node_id,
                pid=worker.pid,
                slots=worker.slots,
                now=self._clock(),
                engines=worker.engines,
                on_host=worker.engines_on_host,
            )
            if waits is not None:
                await tx.claims.note_waits(worker.id, waits)
            return await tx.claims.renew(worker.id, self._lease, running)

    async def finish(self, claim: Claim, result: ExecutionResult) -> None:
        """Record how an execution ended (see `Finisher`)."""
        await self._finisher.finish(claim, result)

    async def rescue(self) -> int:
        """Close executions whose lease ran out (lost), or whose worker never confirmed a cancel; returns their number."""
        async with self._db.transaction() as tx:
            leases = await tx.claims.lost(self._cancel_deadline, RESCUE_CHUNK)
            unowned = await tx.claims.close_unowned(self._clock(), RESCUE_CHUNK)
        metrics.RESCUED.labels("orphan").inc(len(unowned))
        for execution_id in unowned:
            log.warning("execution.orphaned", execution=execution_id)
        return len(unowned) + sum([await self._close(lease, known_dead=False) for lease in leases])

    async def rescue_workers(self, workers: list[str]) -> int:
        """Close the executions of workers that are known to be dead, whatever their leases say; what runs elsewhere is let go."""
        if not workers:
            return 0
        async with self._db.transaction() as tx:
            leases = [lease for lease in await tx.claims.held_by(workers) if lease.place is None]
            await tx.claims.let_go(workers=workers)
            for worker in workers:
                await tx.nodes.unregister_worker(worker)
        return sum([await self._close(lease, known_dead=True) for lease in leases])

    async def check_writable(self) -> None:
        """Raise DatabaseUnavailable when no worker could renew a lease at this moment."""
        async with self._db.transaction() as tx:
            await tx.write_something()

    async def note_unmet_resources(self, default_engine: str) -> None:
        """Say of job types with waiting jobs which resources no node has that they need."""
        async with self._db.transaction() as tx:
            changed = await tx.fitting.note_unmet(default_engine)
        for name, version, missing in changed:
            if missing:
                log.warning("job_type.unmet_resources", job_type=name, version=version, missing=missing)
            else:
                log.info("job_type.resources_met", job_type=name, version=version)

    async def prune_stalled_workers(self) -> None:
        """Take workers off the list that have not been heard of for several leases."""
        async with self._db.transaction() as tx:
            await tx.nodes.prune_stalled_workers(self._clock() - SILENT_LEASES * self._lease)

    async def was_completed(self, execution_id: int) -> bool:
        """Whether an execution ended well: only the holder of its lease can have said so."""
        async with self._db.reading() as tx:
            return await tx.executions.is_completed(execution_id)

    async def _close(self, lease: Lease, *, known_dead: bool) -> bool:
        """Close a lost execution, unless its worker was heard of since it was found."""
        async with self._db.transaction() as tx:
            job = await tx.job_changes.find_and_lock(lease.job_id)
            deadline = None if known_dead else self._cancel_deadline
            if job is None or not await tx.claims.lock_lease(lease.execution_id, lease.token, lost_after=deadline):
                return False
            outcome = Canceled() if lease.cancel_requested else Lost()
            endings = [Ending(lease, job, ExecutionResult(outcome))]
            await completion.finish(tx, endings, self._clock(), first_wait=self._first_wait)
        metrics.RESCUED.labels("worker" if known_dead else "lease").inc()
        log.warning("execution.rescued", execution=lease.execution_id, job=lease.job_id, canceled=lease.cancel_requested)
        return True


async def _plan_executions(tx: Transaction, claims: Sequence[Claim]) -> list[Planned]:
    """What running these needs, which others have begun; it is recorded as what they were given."""
    ids = [claim.execution_id for claim in claims]
    planned = await plan_all(tx, await tx.launch_inputs.of_executions(ids))
    await tx.claims.record_launches({key: item.record for key, item in zip(ids, planned, strict=True) if item.plan})
    return planned
