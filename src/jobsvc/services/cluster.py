"""The status of everything at a glance."""

import asyncio
from datetime import timedelta

from jobsvc.db.database import Database
from jobsvc.domain.errors import LogsUnavailable
from jobsvc.domain.operation_records import ClusterStatus
from jobsvc.ports.log_store import LogStore
from jobsvc.services.clock import Clock

RECENT = timedelta(hours=3)
"""How far back executions are counted that have ended."""
LOG_SECONDS = 5.0
"""How long the log store may take to answer."""


class ClusterService:
    """The health of nodes, scheduler and log store."""

    def __init__(self, database: Database, log_store: LogStore, clock: Clock, *, silent_after: timedelta) -> None:
        self._db = database
        self._log_store = log_store
        self._clock = clock
        self._silent_after = silent_after

    async def status(self) -> ClusterStatus:
        """How everything is.

        Raises:
            DatabaseUnavailable: For then nothing is known.
        """
        now = self._clock()
        async with self._db.reading() as tx:
            scheduler = await tx.scheduler.get()
            nodes = await tx.cluster.nodes(now - self._silent_after, now - RECENT)
            counted = {execution.job_type_id for node in nodes for execution in node.executions}
            job_types = sorted((await tx.job_types.refs(counted)).values(), key=lambda item: (item.name, item.id))
        return ClusterStatus(now, scheduler, nodes, job_types, self._log_store.name, await self._log_problem())

    async def _log_problem(self) -> str | None:
        """Why the log store cannot be read."""
        try:
            async with asyncio.timeout(LOG_SECONDS):
                await self._log_store.check()
        except LogsUnavailable as exc:
            return exc.detail
        except TimeoutError:
            return f"The log store has not answered for {LOG_SECONDS:g} seconds."
        return None
