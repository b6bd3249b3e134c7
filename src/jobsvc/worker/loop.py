"""The worker: fills its slots from the queue, keeps its leases alive, passes on cancels, and stops in order."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from jobsvc import metrics
from jobsvc.db import channels
from jobsvc.db.claims import Claim, Engines, Lease
from jobsvc.db.database import Database
from jobsvc.db.listener import Listener
from jobsvc.db.retry import retry_while_unavailable, run_periodically
from jobsvc.domain.errors import DatabaseUnavailable
from jobsvc.ports.engine import StopReason
from jobsvc.services.launching import Planned
from jobsvc.services.queueing import Claimed, QueueService, Worker
from jobsvc.worker.disk_guard import DiskGuard
from jobsvc.worker.engine_table import EngineTable
from jobsvc.worker.logs import WorkerLogs
from jobsvc.worker.run_one import ExecutionRunner

log = structlog.get_logger(__name__)
HEARTBEATS = 3
"""In the time of a lease: two may fail before it is lost."""
RECORD_SECONDS = 10.0
"""How long a worker that has to stop tries to record the ends of its executions, as while the database is away."""
POLL_SECONDS = 1.0
"""How often the queue is looked at when nothing was announced: retries become due, and locks are released, silently."""

TAKE_OVER_SECONDS = 1.0
"""How long nothing is looked for that other workers have left, after there was nothing."""


class WorkerLoop:
    """Runs executions in a number of slots until it is asked to stop."""

    def __init__(
        self,
        database: Database,
        queue: QueueService,
        runner: ExecutionRunner,
        engines: EngineTable,
        worker: Worker,
        *,
        logs: WorkerLogs,
        disk_guard: DiskGuard,
        lease_seconds: float,
        drain_seconds: float,
        grace_seconds: float,
    ) -> None:
        self._database = database
        self._queue = queue
        self._runner = runner
        self._engines = engines
        self._worker = worker
        self._logs = logs
        self._disk_guard = disk_guard
        self._lease_seconds = lease_seconds
        self._drain_seconds = drain_seconds
        self._grace_seconds = grace_seconds
        self._running: dict[int, asyncio.Task[None]] = {}
        self._claims: dict[int, Claim] = {}
        self._canceled: set[int] = set()
        """Cancels announced since the last heartbeat: one may come before its claim is known here."""
        self._is_in_doubt = False
        """Whether the last claim broke off, so that there may be a lease that is not known here."""
        self._next_take_over = float("-inf")
        self._stops: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Claim nothing more, finish or hand back what runs, then let `run` return."""
        self._stopping.set()
        self._wake.set()

    async def run(self) -> None:
        """Work until `stop`."""
        listener = Listener(self._database, {channels.QUEUE: lambda _: self._wake.set(), channels.CANCEL: self._cancel_announced})
        duties = (
            listener.run(),
            run_periodically(self._heartbeat, "heartbeat", self._lease_seconds / HEARTBEATS),
            run_periodically(self._sweep, "sweep", self._lease_seconds),
            self._logs.run(),
        )
        background_tasks = [asyncio.create_task(duty) for duty in duties]
        metrics.SLOTS.set(self._worker.slots)
        try:
            await self._fill_slots()
            await self._drain()
        finally:
            for task in background_tasks:
                task.cancel()
            await asyncio.gather(*background_tasks, return_exceptions=True)

    async def _fill_slots(self) -> None:
        while not self._stopping.is_set():
            self._wake.clear()
            try:
                await self._claim_all()
            except DatabaseUnavailable as exc:
                log.debug("claim.deferred_db_unavailable", problem=exc.detail)
            except Exception:
                log.exception("claim.failed")
                await asyncio.sleep(POLL_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._wake.wait()

    async def _claim_all(self) -> None:
        if self._is_in_doubt:
            await self._take_up()
        # Runs that go on elsewhere without a worker come before new jobs.
        if self._engines.adopting:
            await self._fill(self._take_over)
        await self._fill(lambda engines: self._queue.claim(self._worker, engines))

    async def _fill(self, take: Callable[[Engines], Awaitable[list[Claimed]]]) -> None:
        """Take executions, as many at once as there is room for, while there are some."""
        while not self._stopping.is_set():
            engines = self._engines.with_room(self._claims.values())
            if not engines.places or not await self._disk_guard.is_enough():
                break
            # When the connection breaks, or this is canceled, the claim may have been committed all the same.
            self._is_in_doubt = True
            taken = await take(engines)
            self._is_in_doubt = False
            if not taken:
                break
            for claimed in taken:
                self._start(claimed)

    async def _take_over(self, engines: Engines) -> list[Claimed]:
        """Runs that go on elsewhere while their workers are gone; looked for now and then, for that is seldom."""
        now = asyncio.get_running_loop().time()
        if now < self._next_take_over:
            return []
        taken = await self._queue.take_over(self._worker, engines)
        if not taken:
            self._next_take_over = now + TAKE_OVER_SECONDS
        metrics.TAKE_OVERS.inc(len(taken))
        for lease, _ in taken:
            log.info("execution.taken_over", execution=lease.execution_id, job=lease.job_id)
        return [self._held(lease, planned) for lease, planned in taken]

    async def _take_up(self) -> None:
        """Start what was claimed though the answer was lost: nobody else will, and no try of the job is used up."""
        known = set(self._claims)
        for lease in await self._queue.renew(self._worker):
            if lease.execution_id not in known:
                self._start(self._held(lease))
        self._is_in_doubt = False

    def _held(self, lease: Lease, planned: Planned | None = None) -> Claimed:
        if lease.cancel_requested:
            self._canceled.add(lease.execution_id)
        return Claimed(lease, planned)

    def _start(self, claimed: Claimed) -> None:
        claim = claimed.claim
        log.info("execution.started", execution=claim.execution_id, job=claim.job_id, exe_num=claim.exe_num)
        self._claims[claim.execution_id] = claim
        task = asyncio.create_task(self._runner.run(claimed))
        self._running[claim.execution_id] = task
        metrics.RUNNING.set(len(self._running))
        task.add_done_callback(lambda done: self._ended(claim.execution_id, done))
        if claim.execution_id in self._canceled:
            # The engine knows the execution only after its launch: the lease says it once more at the next heartbeat.
            self._stop_soon(claim.execution_id)

    def _ended(self, execution_id: int, task: asyncio.Task[None]) -> None:
        self._running.pop(execution_id, None)
        metrics.RUNNING.set(len(self._running))
        self._claims.pop(execution_id, None)
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("execution.failed", execution=execution_id, exc_info=task.exception())

    async def _heartbeat(self) -> None:
        # What is claimed while the leases are read is not among them, and must not be taken for lost.
        held = dict(self._claims)
        leases = {lease.execution_id: lease for lease in await self._queue.renew(self._worker, held, self._engines.waits)}
        self._canceled.clear()
        for execution_id, claim in held.items():
            lease = leases.get(execution_id)
            if lease is None or lease.token != claim.token:
                await self._engines.of(claim).stop(execution_id, StopReason.LEASE_LOST)
            elif lease.cancel_requested:
                await self._engines.of(claim).stop(execution_id, StopReason.CANCEL)

    def _cancel_announced(self, payload: str) -> None:
        if not payload.isdecimal():
            return
        self._canceled.add(int(payload))
        if int(payload) in self._running:
            self._stop_soon(int(payload))

    def _stop_soon(self, execution_id: int) -> None:
        engine = self._engines.of(self._claims[execution_id])
        task = asyncio.create_task(engine.stop(execution_id, StopReason.CANCEL))
        self._stops.add(task)
        task.add_done_callback(self._stops.discard)

    async def _sweep(self) -> None:
        """End what dead workers of this host left running, and close their executions without waiting for leases."""
        dead = [worker for engine in self._engines for worker in await engine.sweep()]
        await retry_while_unavailable(lambda: self._queue.rescue_workers(dead), "sweep")
        for engine in self._engines.adopting:
            if orphans := await engine.orphans():
                await engine.remove(await self._queue.unknown_handles(orphans))

    async def _drain(self) -> None:
        """Leases and cancels go on meanwhile: the background tasks still run."""
        if not self._running:
            return
        log.info("worker.draining", executions=len(self._running), seconds=self._drain_seconds)
        await self._hand_back([claim for claim in self._claims.values() if claim.place is not None])
        await asyncio.wait(self._running.values(), timeout=self._drain_seconds)
        await self._hand_back(list(self._claims.values()))
        await self._leave(self._grace_seconds + RECORD_SECONDS)

    async def _hand_back(self, claims: list[Claim]) -> None:
        """Runs that live elsewhere need not be waited for: they go on, and other workers take them over."""
        for claim in claims:
            await self._engines.of(claim).stop(claim.execution_id, StopReason.HAND_BACK)

    async def _leave(self, seconds: float) -> None:
        """Wait so long for the ends to be recorded; what is not by then is lost, as after a kill, and tried again."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)
        for execution_id, task in list(self._running.items()):
            log.error("execution.abandoned", execution=execution_id, problem=f"its end was not recorded within {seconds:.0f} s")
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values(), timeout=RECORD_SECONDS)
