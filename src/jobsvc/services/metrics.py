"""The metrics of a process, with those of the whole installation that are read from its database."""

import asyncio
import time
from datetime import datetime

import structlog

from jobsvc import metrics
from jobsvc.db.database import NEVER, Database
from jobsvc.db.gauges import Gauges, WebhookGauge
from jobsvc.domain.errors import JobsvcError
from jobsvc.services.clock import Clock

log = structlog.get_logger(__name__)
FRESH_SECONDS = 5.0
"""How long what was read holds: whoever scrapes more often asks nothing of the database."""
READ_SECONDS = 5.0
"""How long reading may take; a scrape gives up after ten, as a rule."""
SAMPLE_SECONDS = 1.0
OTHER_TYPES = "(others)"


class MetricsService:
    """Shows what is counted, and looks at the process once a second."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._db = database
        self._clock = clock
        self._reading = asyncio.Lock()
        self._read = NEVER
        self._gauges: Gauges | None = None

    async def text(self) -> bytes:
        """All metrics, in the text format of Prometheus."""
        gauges = await self._current()
        return await asyncio.to_thread(lambda: metrics.text_of(self._samples(gauges)))

    async def watch(self) -> None:
        """Note once a second how busy the process is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            begun = loop.time()
            await asyncio.sleep(SAMPLE_SECONDS)
            metrics.LOOP_LAG.set(max(loop.time() - begun - SAMPLE_SECONDS, 0.0))
            for state, number in self._db.connection_counts().items():
                metrics.CONNECTIONS.labels(state).set(number)

    async def _current(self) -> Gauges | None:
        async with self._reading:
            if time.monotonic() - self._read >= FRESH_SECONDS:
                self._gauges = await self._look()
                self._read = time.monotonic()
        return self._gauges

    async def _look(self) -> Gauges | None:
        try:
            async with asyncio.timeout(READ_SECONDS), self._db.reading() as tx:
                return await tx.gauges.read()
        except (TimeoutError, JobsvcError) as exc:
            log.debug("metrics.deferred_db_unavailable", problem=str(exc))
            return None
        except Exception:
            # Whatever it is, what this process has counted is shown nevertheless.
            log.exception("metrics.failed")
            return None

    def _samples(self, gauges: Gauges | None) -> metrics.Samples:
        yield "jobsvc_database_up", (), float(gauges is not None)
        if gauges is None:
            return
        for status, number in gauges.by_status:
            yield "jobsvc_jobs", (status,), number
        for queue in gauges.queues:
            name = queue.name or OTHER_TYPES
            yield "jobsvc_queue_jobs", (name,), queue.jobs
            if queue.oldest is not None:
                yield "jobsvc_queue_oldest_seconds", (name,), self._seconds_since(queue.oldest)
        yield "jobsvc_workers", (), gauges.workers
        yield "jobsvc_bulk_operations_open", (), gauges.bulk_operations
        yield "jobsvc_bulk_jobs_remaining", (), gauges.bulk_jobs_remaining
        yield "jobsvc_counts_unfolded", (), gauges.counts_unfolded
        yield from self._of_webhooks(gauges.webhooks)
        yield "jobsvc_retries_held", (), gauges.retries.held
        yield "jobsvc_retries_held_oldest_seconds", (), self._seconds_since(gauges.retries.oldest)
        yield "jobsvc_retry_breakers_open", (), gauges.retries.breakers_open

    def _of_webhooks(self, webhooks: WebhookGauge) -> metrics.Samples:
        for state, number in (("on", webhooks.on), ("off", webhooks.off), ("disabled", webhooks.disabled)):
            yield "jobsvc_webhooks", (state,), number
        yield "jobsvc_webhook_oldest_seconds", (), self._seconds_since(webhooks.oldest)

    def _seconds_since(self, instant: datetime | None) -> float:
        return 0.0 if instant is None else max((self._clock() - instant).total_seconds(), 0.0)
