"""What every process does in the background: rescue lost executions, work off bulk operations, let go of old logs.

Any number of processes may do so at a time; row locks see to it that each thing is done once.
"""

import asyncio

import structlog

from jobsvc.db import channels
from jobsvc.db.database import Database
from jobsvc.db.listener import Listener
from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable
from jobsvc.services.bulk_work import BulkWork
from jobsvc.services.log_retention import LogRetention
from jobsvc.services.queueing import QueueService
from jobsvc.services.workspaces import WorkspaceService

log = structlog.get_logger(__name__)
BULK_SECONDS = 5.0
"""How often operations are looked for that nobody works on; new ones are announced."""

FORGET_SECONDS = 24 * 3600.0
"""How often old log lines are let go of."""
FORGET_AGAIN_SECONDS = 600.0
"""When that is tried again after it failed."""
SWEEP_AGAIN_SECONDS = 10.0
SWEEP_SECONDS = 3600.0
"""How often is looked for what killed processes left in workspaces; first at the start."""


class Maintenance:
    """Loops that run until they are cancelled."""

    def __init__(
        self,
        database: Database,
        queue: QueueService,
        bulk: BulkWork,
        retention: LogRetention,
        workspaces: WorkspaceService,
        *,
        heartbeat_seconds: float,
    ) -> None:
        self._database = database
        self._queue = queue
        self._bulk = bulk
        self._retention = retention
        self._workspaces = workspaces
        self._heartbeat_seconds = heartbeat_seconds
        self._nudged = asyncio.Event()

    async def run(self) -> None:
        """Go on until cancelled."""
        listener = Listener(self._database, {channels.BULK: lambda _: self._nudged.set()})
        async with asyncio.TaskGroup() as group:
            group.create_task(listener.run())
            group.create_task(self._rescue())
            group.create_task(self._work_off())
            group.create_task(self._forget())
            group.create_task(self._sweep())

    async def _rescue(self) -> None:
        while True:
            # The wait comes first: after an outage the workers get the time to renew leases that ran out meanwhile.
            await asyncio.sleep(self._heartbeat_seconds)
            try:
                while await self._queue.rescue():
                    pass
                await self._queue.forget_silent_workers()
            except DatabaseUnavailable as problem:
                log.debug("rescue.later", problem=problem.detail)
            except Exception:
                log.exception("rescue.failed")

    async def _work_off(self) -> None:
        while True:
            try:
                async with asyncio.timeout(BULK_SECONDS):
                    await self._nudged.wait()
            except TimeoutError:
                pass
            self._nudged.clear()
            try:
                await self._bulk.run_open()
            except DatabaseUnavailable as problem:
                log.debug("bulk.later", problem=problem.detail)
            except Exception:
                log.exception("bulk.failed")

    async def _forget(self) -> None:
        while True:
            try:
                await self._retention.forget()
            except (DatabaseUnavailable, LogsUnavailable) as problem:
                log.debug("forget.later", problem=problem.detail)
                await asyncio.sleep(FORGET_AGAIN_SECONDS)
                continue
            except Exception:
                log.exception("forget.failed")
            await asyncio.sleep(FORGET_SECONDS)

    async def _sweep(self) -> None:
        while True:
            try:
                await self._workspaces.sweep()
            except DatabaseUnavailable as problem:
                log.debug("sweep.later", problem=problem.detail)
                await asyncio.sleep(SWEEP_AGAIN_SECONDS)
                continue
            except Exception:
                log.exception("sweep.failed")
            await asyncio.sleep(SWEEP_SECONDS)
