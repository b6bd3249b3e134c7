"""Numbers of the whole installation for monitoring: read from what is counted already, whatever there is to count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

TYPES = 100
"""The names of types with the longest queues; the rest is one line."""
DELTAS = 100_000
"""No more are counted."""

BY_STATUS = text("""
    SELECT status, CAST(sum(n) AS bigint) AS n FROM (
        SELECT status, n FROM job_count WHERE grain = 'all' UNION ALL SELECT status, n FROM job_delta
    ) AS line GROUP BY status ORDER BY status
""")
# The first of each priority of each type is found by the index, however many wait behind it.
QUEUES = text("""
    WITH RECURSIVE head AS (
        (SELECT job_type_id, priority, queued FROM queue ORDER BY job_type_id, priority, queued, id LIMIT 1)
        UNION ALL
        SELECT other.* FROM head CROSS JOIN LATERAL (
            SELECT job_type_id, priority, queued FROM queue
            WHERE (job_type_id, priority) > (head.job_type_id, head.priority)
            ORDER BY job_type_id, priority, queued, id LIMIT 1
        ) AS other
    ), oldest AS (
        SELECT job_type_id, min(queued) AS queued FROM (SELECT * FROM head LIMIT 5000) AS first GROUP BY job_type_id
    ), depth AS (
        SELECT job_type_id, sum(n) AS n FROM (
            SELECT job_type_id, n FROM job_count WHERE grain = 'all' AND status = 'QUEUED'
            UNION ALL SELECT job_type_id, n FROM job_delta WHERE status = 'QUEUED'
        ) AS line GROUP BY job_type_id
    ), named AS (
        SELECT t.name, sum(COALESCE(d.n, 0)) AS n, min(o.queued) AS oldest
        FROM job_type t LEFT JOIN depth d ON d.job_type_id = t.id LEFT JOIN oldest o ON o.job_type_id = t.id
        WHERE d.n > 0 OR o.queued IS NOT NULL GROUP BY t.name
    ), ranked AS (
        SELECT *, row_number() OVER (ORDER BY n DESC, name) AS rank FROM named
    )
    SELECT CASE WHEN rank <= :types THEN name ELSE '' END AS name, CAST(sum(n) AS bigint) AS n, min(oldest) AS oldest
    FROM ranked GROUP BY 1 ORDER BY 1
""")
OTHERS = text("""
    SELECT (SELECT count(*) FROM worker) AS workers,
        (SELECT count(*) FROM bulk_operation WHERE ended IS NULL) AS operations,
        (SELECT CAST(COALESCE(sum(GREATEST(COALESCE(matched, 0) - processed, 0)), 0) AS bigint)
            FROM bulk_operation WHERE ended IS NULL) AS remaining,
        (SELECT count(*) FROM (SELECT FROM job_delta LIMIT :deltas) AS line) AS unfolded
""")
# What was not looked at yet for a webhook is late, too: the next event may be for it. Both are the first of an index.
WEBHOOKS = text("""
    SELECT count(*) FILTER (WHERE is_active) AS on_, count(*) FILTER (WHERE NOT is_active AND disabled_reason IS NULL) AS off,
        count(*) FILTER (WHERE NOT is_active AND disabled_reason IS NOT NULL) AS disabled, min(oldest) AS oldest
    FROM webhook w LEFT JOIN LATERAL (
        SELECT LEAST(
            (SELECT min(created) FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'PENDING'),
            (SELECT e.time FROM change_event e WHERE e.seq > w.position ORDER BY e.seq LIMIT 1)
        ) AS oldest
    ) AS line ON w.is_active
""")

# One look at an index for each type, as what lets them go on has it.
RETRIES = text("""
    SELECT (SELECT count(*) FROM (SELECT FROM queue WHERE retry_at IS NOT NULL LIMIT :most) AS line) AS held, (
        SELECT min(first.retry_at) FROM job_type t CROSS JOIN LATERAL (
            SELECT retry_at FROM queue WHERE job_type_id = t.id AND retry_at IS NOT NULL ORDER BY retry_at LIMIT 1
        ) AS first) AS oldest,
        (SELECT count(*) FROM retry_gate WHERE state = 'open') AS breakers_open
""")


@dataclass(frozen=True)
class QueueGauge:
    """The jobs of a type's name that wait ('' for all types beyond the longest queues), and when the first of them was queued."""

    name: str
    jobs: int
    oldest: datetime | None


@dataclass(frozen=True)
class WebhookGauge:
    """How many webhooks are on, off by request, and switched off by the service; and since when something waits to be sent."""

    on: int
    off: int
    disabled: int
    oldest: datetime | None


@dataclass(frozen=True)
class RetryGauge:
    """How many retries the limits of job types hold, since when the first of them might begin, and how many breakers are open."""

    held: int
    oldest: datetime | None
    breakers_open: int


@dataclass(frozen=True)
class Gauges:
    """The numbers of one moment."""

    by_status: Sequence[tuple[str, int]]
    queues: Sequence[QueueGauge]
    workers: int
    bulk_operations: int
    bulk_jobs_remaining: int
    counts_unfolded: int
    webhooks: WebhookGauge
    retries: RetryGauge


class GaugeRepository:
    """Reads them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def read(self) -> Gauges:
        """All of them."""
        by_status = (await self._connection.execute(BY_STATUS)).all()
        queues = (await self._connection.execute(QUEUES, {"types": TYPES})).all()
        others = (await self._connection.execute(OTHERS, {"deltas": DELTAS})).one()
        webhooks = (await self._connection.execute(WEBHOOKS)).one()
        retries = (await self._connection.execute(RETRIES, {"most": DELTAS})).one()
        return Gauges(
            [(row.status, row.n) for row in by_status],
            [QueueGauge(row.name, row.n, row.oldest) for row in queues],
            others.workers,
            others.operations,
            others.remaining,
            others.unfolded,
            WebhookGauge(*webhooks),
            RetryGauge(*retries),
        )
