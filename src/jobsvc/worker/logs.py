"""What a worker does about the logs of its executions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from jobsvc import metrics
from jobsvc.db.claims import Claim
from jobsvc.ports.log_store import LogOrigin, LogStore
from jobsvc.services.clock import Clock
from jobsvc.worker.delivery import Delivery
from jobsvc.worker.log_writer import LogWriter
from jobsvc.worker.orphaned_spools import OrphanedSpoolShipper
from jobsvc.worker.spool import Spool
from jobsvc.worker.spool_dir import SpoolDir
from jobsvc.worker.spool_records import SpoolHead

WATCH_SECONDS = 5.0
"""Between two looks at what waits on the disk."""


class WorkerLogs:
    """The spools of a worker, in a directory that is locked until `close`."""

    def __init__(self, directory: SpoolDir, store: LogStore, *, node: str, limit_mib: int, clock: Clock) -> None:
        """`limit_mib` is for each execution."""
        self._directory = directory
        self._delivery = Delivery(store)
        self._running: set[int] = set()
        self._orphaned_spools = OrphanedSpoolShipper(self._directory, self._running, self._delivery)
        self._node = node
        self._limit = limit_mib * 2**20
        self._clock = clock

    @asynccontextmanager
    async def writer(self, claim: Claim) -> AsyncIterator[LogWriter]:
        """The log sink of an execution; what the store has not got at the end of the block is brought there by `run`."""
        spool = Spool(self._directory.root, SpoolHead(claim.execution_id, self._origin(claim)), self._limit)
        self._running.add(claim.execution_id)
        writer = LogWriter(spool, self._delivery, self._clock)
        try:
            yield writer
        finally:
            untaken = await writer.leave()
            self._running.discard(claim.execution_id)
            if spool.first is not None:
                self._orphaned_spools.add(untaken, spool.begun)

    async def run(self) -> None:
        """Bring to the store what executions and dead workers left, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._orphaned_spools.run())
            group.create_task(self._watch())

    async def _watch(self) -> None:
        """Note now and then what waits for the store."""
        while True:
            metrics.LOG_LAG.set(self._delivery.lag)
            with suppress(OSError):
                metrics.SPOOL.set(await asyncio.to_thread(self._directory.size))
            await asyncio.sleep(WATCH_SECONDS)

    def close(self) -> None:
        """Leave what the store has not got to the next worker of this host. Idempotent.

        Raises:
            OSError: The file system refuses.
        """
        self._orphaned_spools.close()
        self._directory.close()

    def _origin(self, claim: Claim) -> LogOrigin:
        return LogOrigin(
            claim.cluster_id,
            task=claim.execution_id,
            node=self._node,
            job_id=claim.job_id,
            exe_num=claim.exe_num,
            job_type=claim.job_type,
            job_type_version=claim.job_type_version,
        )
