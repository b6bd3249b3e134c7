"""What every process does in the background: rescue executions, work off bulk operations, fold counts, let go of what is old.

Any number of processes may do so at a time; row locks see to it that each thing is done once.
"""

import asyncio
import contextlib
import time

import structlog

from jobsvc.db import channels
from jobsvc.db.database import NEVER, Database
from jobsvc.db.listener import Listener
from jobsvc.db.retry import retry_while_unavailable, run_periodically
from jobsvc.services.audit import AuditService
from jobsvc.services.bulk_work import BulkWork
from jobsvc.services.counts import CountService
from jobsvc.services.dependencies import DependencyService
from jobsvc.services.events.upkeep import EventUpkeep
from jobsvc.services.logs.retention import LogRetention
from jobsvc.services.queueing import QueueService
from jobsvc.services.request_keys import RequestKeyService
from jobsvc.services.retention import RetentionService
from jobsvc.services.retry_limits import RetryLimitService
from jobsvc.services.webhooks.delivery import WebhookDelivery
from jobsvc.services.workspaces import WorkspaceService

log = structlog.get_logger(__name__)
BULK_SECONDS = 5.0
"""How often operations are looked for that nobody works on; new ones are announced."""
DEPENDENCY_SECONDS = 1.0
"""How often is looked for jobs that others wait for and that have changed; a change is announced."""

FITTING_SECONDS = 2.0
"""How often is looked for waiting jobs that no node has the resources for."""
LIMIT_SECONDS = 1.0
"""How often is looked for retries that are held, and may go on."""
FOLD_SECONDS = 1.0
"""How often what was counted is folded: what is not is added up by every list."""
RECOUNT_SECONDS = 24 * 3600.0
"""How often all jobs and executions are counted again; first when a process has run for so long."""
RECOUNT_RETRY_SECONDS = 600.0

RETENTION_SECONDS = 24 * 3600.0
"""How often old log lines are let go of; first when a process has run for an hour."""
RETENTION_RETRY_SECONDS = 600.0
"""How long is waited at most when that could not be done."""
PURGE_SECONDS = 3600.0
"""How often is looked whether it is a day since jobs were last purged; first when a process has run for so long."""
KEY_SECONDS = 3600.0
"""How often old keys of requests are let go of."""
EVENT_SECONDS = 3600.0
"""How often days of events are made ahead, and dropped when they are old."""
EVENT_RETRY_SECONDS = 60.0
WEBHOOK_SECONDS = 0.5
"""How often is looked for events that webhooks are to be told of."""
DELIVERY_SECONDS = 3600.0
"""How often old deliveries are let go of."""
SWEEP_SECONDS = 3600.0
"""How often is looked for what killed processes left in workspaces; first at the start."""
SWEEP_RETRY_SECONDS = 10.0

HEARTBEATS = 3
"""How often in the time of a lease is looked for workers that are lost."""


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
        counts: CountService,
        request_keys: RequestKeyService,
        jobs: RetentionService,
        audit: AuditService,
        events: EventUpkeep,
        webhooks: WebhookDelivery,
        dependencies: DependencyService,
        retry_limits: RetryLimitService,
        lease_seconds: float,
        default_engine: str,
    ) -> None:
        """`default_engine` is that of job types that name none."""
        self._database = database
        self._queue = queue
        self._bulk = bulk
        self._retention = retention
        self._workspaces = workspaces
        self._counts = counts
        self._request_keys = request_keys
        self._jobs = jobs
        self._audit = audit
        self._events = events
        self._webhooks = webhooks
        self._dependencies = dependencies
        self._retry_limits = retry_limits
        self._lease_seconds = lease_seconds
        self._default_engine = default_engine
        self._outage = database.last_outage
        self._steady_since = NEVER
        self._nudged = asyncio.Event()
        self._parents_changed = asyncio.Event()

    async def run(self) -> None:
        """Go on until cancelled."""
        listener = Listener(
            self._database,
            {channels.BULK: lambda _: self._nudged.set(), channels.DEPENDENCY: lambda _: self._parents_changed.set()},
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(listener.run())
            group.create_task(self._keep_rescuing())
            group.create_task(self._process_bulk_operations())
            group.create_task(self._process_dependencies())
            group.create_task(self._keep_deleting_lines())
            group.create_task(run_periodically(self._note_unmet_resources, "unmet_resources", FITTING_SECONDS))
            group.create_task(run_periodically(self._request_keys.delete_expired, "request_keys", KEY_SECONDS))
            group.create_task(
                run_periodically(
                    self._audit.delete_expired, "audit_retention", RETENTION_SECONDS, max_pause=RETENTION_RETRY_SECONDS
                )
            )
            group.create_task(run_periodically(self._retry_limits.run, "retry_limits", LIMIT_SECONDS))
            group.create_task(run_periodically(self._counts.fold, "fold_counts", FOLD_SECONDS))
            group.create_task(run_periodically(self._events.run, "event_days", EVENT_SECONDS, max_pause=EVENT_RETRY_SECONDS))
            group.create_task(self._keep_sending())
            group.create_task(run_periodically(self._webhooks.delete_expired, "webhook_deliveries", DELIVERY_SECONDS))
            group.create_task(self._keep_recounting())
            group.create_task(self._keep_purging())
            group.create_task(run_periodically(self._process_purges, "bulk", BULK_SECONDS))
            group.create_task(run_periodically(self._workspaces.sweep, "sweep", SWEEP_SECONDS, max_pause=SWEEP_RETRY_SECONDS))

    async def _note_unmet_resources(self) -> None:
        await self._queue.note_unmet_resources(self._default_engine)

    async def _keep_sending(self) -> None:
        try:
            await run_periodically(self._webhooks.run, "webhooks", WEBHOOK_SECONDS)
        finally:
            await self._webhooks.close()

    async def _keep_recounting(self) -> None:
        await asyncio.sleep(RECOUNT_SECONDS)
        await run_periodically(self._counts.verify, "recount", RECOUNT_SECONDS, max_pause=RECOUNT_RETRY_SECONDS)

    async def _keep_deleting_lines(self) -> None:
        # As for jobs: what a new release lets go of has not been announced to whoever has just installed it.
        await asyncio.sleep(PURGE_SECONDS)
        await run_periodically(
            self._retention.delete_expired, "log_retention", RETENTION_SECONDS, max_pause=RETENTION_RETRY_SECONDS
        )

    async def _keep_purging(self) -> None:
        # The wait comes first: whoever has brought old jobs, or a new release, can still say what is kept.
        await asyncio.sleep(PURGE_SECONDS)
        await run_periodically(self._jobs.purge_daily, "purge", PURGE_SECONDS)

    async def _process_purges(self) -> None:
        await self._bulk.run_open(purges=True)

    async def _keep_rescuing(self) -> None:
        # The wait comes first: who starts at the end of an outage has not seen it, and workers renew their leases meanwhile.
        await asyncio.sleep(self._lease_seconds / HEARTBEATS)
        await run_periodically(self._rescue, "rescue", self._lease_seconds / HEARTBEATS)

    async def _rescue(self) -> None:
        if not await self._is_steady():
            return
        while await self._queue.rescue():
            pass
        await self._queue.prune_stalled_workers()

    async def _is_steady(self) -> bool:
        """Whether workers had the whole time of a lease to renew theirs since the database could first be written again.

        Nobody could while it was away, so those that ran out say nothing of their workers.
        """
        await self._queue.check_writable()
        now = time.monotonic()
        if self._outage != self._database.last_outage:
            self._outage, self._steady_since = self._database.last_outage, now
        return now - self._steady_since >= self._lease_seconds

    async def _process_bulk_operations(self) -> None:
        while True:
            await _wait(self._nudged, BULK_SECONDS)
            try:
                await retry_while_unavailable(self._bulk.run_open, "bulk")
            except Exception:
                log.exception("bulk.failed")

    async def _process_dependencies(self) -> None:
        while True:
            await _wait(self._parents_changed, DEPENDENCY_SECONDS)
            try:
                await retry_while_unavailable(self._dependencies.run, "dependencies")
            except Exception:
                log.exception("dependencies.failed")


async def _wait(nudged: asyncio.Event, seconds: float) -> None:
    """Until somebody says that there is something to do, or for so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await nudged.wait()
    nudged.clear()
