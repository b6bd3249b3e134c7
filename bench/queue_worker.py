"""A worker of the service whose engine does nothing: `python -m bench.queue_worker URL SLOTS DIRECTORY`.

It says `ready`, works from the first line of its input to the next one, and says how many CPU seconds that took.
"""

import asyncio
import sys
import time
from pathlib import Path

from jobsvc import logging, wiring
from jobsvc.db.database import Database
from jobsvc.domain.outcome import CapturedOutput, Completed, TaskTimes
from jobsvc.ports.engine import LaunchSpec, NumberedLogSink, StopReason
from jobsvc.services.clock import utc_now
from jobsvc.services.products import ProductService
from jobsvc.services.queueing import Worker
from jobsvc.settings import Settings
from jobsvc.worker.disk_guard import DiskGuard
from jobsvc.worker.engine_table import EngineTable, Served
from jobsvc.worker.logs import WorkerLogs
from jobsvc.worker.loop import WorkerLoop
from jobsvc.worker.run_one import ExecutionRunner
from jobsvc.worker.spool_dir import SpoolDir

NAME = "subprocess"
"""The engine of job types that name none."""


class NothingEngine:
    """Every job ends well at once."""

    async def run(self, spec: LaunchSpec, logs: NumberedLogSink) -> Completed:  # noqa: ARG002 (the engine port)
        """End."""
        now = utc_now()
        return Completed(CapturedOutput(), TaskTimes(now, now), 0)

    async def stop(self, execution_id: int, reason: StopReason) -> None:
        """Nothing runs."""

    async def release(self, execution_id: int) -> None:
        """Nothing is left."""

    async def sweep(self) -> list[str]:
        """Nobody died."""
        return []

    async def close(self) -> None:
        """Nothing is held."""


async def main(url: str, slots: int, directory: Path) -> None:
    """Work as long as the input says."""
    settings = Settings(data_dir=directory, database_url=url, log_level="warning")
    logging.configure(settings)
    database = Database.connect(url, pool_size=settings.database_pool)
    loop, logs = await _open(settings, database, slots)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.process_time()
    working = asyncio.create_task(loop.run())
    await asyncio.to_thread(sys.stdin.readline)
    print(time.process_time() - began, flush=True)
    loop.stop()
    await working
    logs.close()
    await database.close()


async def _open(settings: Settings, database: Database, slots: int) -> tuple[WorkerLoop, WorkerLogs]:
    worker_id = f"bench-{time.monotonic_ns()}"
    async with database.transaction() as tx:
        node_id = await tx.nodes.ensure("bench", {})
        await tx.nodes.register(worker_id, node_id, pid=0, slots=slots, now=utc_now(), engines=[NAME])
    engines = EngineTable([Served(NAME, NothingEngine(), None, slots, settings.scratch_dir)], default=NAME)
    settings.scratch_dir.mkdir(parents=True, exist_ok=True)
    queue = wiring.queue_service(settings, database)
    spool_dir = SpoolDir.of_worker(settings.spool_dir, "bench", worker_id)
    store = wiring.open_log_store(settings, database)
    logs = WorkerLogs(spool_dir, store, node="bench", limit_mib=settings.spool_mib, clock=utc_now)
    runner = ExecutionRunner(queue, ProductService(database), engines, logs)
    loop = WorkerLoop(
        database,
        queue,
        runner,
        engines,
        Worker(worker_id, node_id, slots=slots, engines=[NAME]),
        logs=logs,
        disk_guard=DiskGuard((settings.scratch_dir, settings.spool_dir), settings.min_free_mib),
        lease_seconds=settings.lease_seconds,
        drain_seconds=settings.drain_seconds,
        grace_seconds=settings.grace_seconds,
    )
    return loop, logs


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
