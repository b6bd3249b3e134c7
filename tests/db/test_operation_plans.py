"""What events, webhooks, labels, held retries and purges ask all day uses an index when there is much of each."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from jobsvc.api.shapes import shape_of
from jobsvc.api.v6.schemas.jobs import Job
from jobsvc.db.database import Database, Transaction
from jobsvc.domain.change_events import EventFilter, EventType
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.paging import PageRequest
from jobsvc.domain.records import JobTypeDetails
from jobsvc.domain.retention import PurgeBounds
from tests.db.queue import Queue
from tests.db.statements import Statements

JOBS = 20_000
SCAN = re.compile(
    r"Seq Scan on (job|queue|job_label|change_event_\w+|webhook_delivery|execution|file|job_input_file)\b"
    r".*\(cost=0\.00\.\.(?!0\.00)"
)
"""Of what has rows: the days of events that have not come have none, and nothing is quicker than looking."""
OLD = datetime(2020, 1, 1, tzinfo=UTC)
FILL = (
    "INSERT INTO job_label (job_id, key, value) SELECT id, 'run', CAST(id % 1000 AS text) FROM job",
    "UPDATE queue SET retry_at = now() + id * interval '1 second', not_before = 'infinity' WHERE id % 10 > 0",
    """INSERT INTO webhook (url, description, secret, is_active, created, position)
       VALUES ('http://localhost/', '', 'whsec_eA==', true, now(), 0)""",
    """INSERT INTO webhook_delivery (webhook_id, event_type, job_id, body, state, created, ended)
       SELECT w.id, 'job.queued', n, '{}', CASE WHEN n % 1000 = 0 THEN 'PENDING' ELSE 'DELIVERED' END, now(), now()
       FROM webhook w, generate_series(1, 20000) n""",
    """INSERT INTO workspace (name, configuration) VALUES ('w', '{"broker": {"type": "host", "host_path": "/w"}}')""",
    """INSERT INTO file (workspace_id, file_name, file_path, file_type, file_size, media_type, job_id)
       SELECT w.id, 'x' || j.id, 'x' || j.id, 'PRODUCT', 1, 'text/plain', j.id FROM workspace w, job j
       WHERE w.name = 'w' AND j.id % 2 = 0""",
    """INSERT INTO job_input_file SELECT j.id, 'in', 0, f.id FROM file f JOIN job j ON j.id = f.job_id + 1
       WHERE f.job_id % 4 = 0""",
    """INSERT INTO execution (job_id, job_type_id, exe_num, cluster_id, queued, started, ended, status)
       SELECT id, job_type_id, 1, 'c' || id, now(), now(), now(), 'COMPLETED' FROM job WHERE status = 'PENDING'""",
    """UPDATE job SET status = 'COMPLETED', last_status_change = now() - id % 1000 * interval '1 day' WHERE status = 'PENDING'""",
)


@pytest.fixture
async def much(queue: Queue, echo: JobTypeDetails) -> Queue:
    """Jobs, half of which wait, most of them for the limits of their type; each with a label and events; and deliveries."""
    ids = await queue.pending(echo, JOBS)
    await queue.enqueue(ids[: JOBS // 2])
    for statement in FILL:
        await queue.execute(statement)
    await queue.execute("ANALYZE")
    return queue


async def test_nothing_that_is_asked_all_day_reads_a_whole_table(much: Queue, db: Database, echo: JobTypeDetails) -> None:
    type_id = echo.item.job_type.id
    [last_queued] = await much.execute("SELECT max(job_id) FROM queue")
    with Statements(db) as statements:
        async with db.transaction() as tx:
            await tx.jobs.json_page(JobFilter(labels=["run:7"]), (), PageRequest(size=100), shape_of(Job))
            assert await much.claim_many_in(tx, 20)
            await tx.retry_limits.held()
            await tx.retry_limits.release(type_id, 10)
            await tx.gauges.read()
            await _events(tx)
            await _deliveries(tx)
            await _purge(tx, type_id, last_queued)
    plans = await statements.plans()
    # To count all of them there is no other way.
    scans = [f"{statement}\n{plan}" for statement, plan in plans.items() if SCAN.search(plan) and "count(*)" not in statement]
    assert scans == []


async def _events(tx: Transaction) -> None:
    for criteria in (
        EventFilter(),
        EventFilter(job_ids=[7]),
        EventFilter(job_type_names=["echo"]),
        EventFilter(batch_ids=[3]),
        EventFilter(types=[EventType.JOB_FAILED]),
    ):
        await tx.events.page(criteria, after=100, until=1000, limit=100)


async def _deliveries(tx: Transaction) -> None:
    [webhook] = (await tx.webhooks.page(PageRequest())).items
    assert await tx.webhooks.count_pending(webhook.id, 1000) == 20
    await tx.webhooks.due(webhook.id, datetime.now(UTC), 10)
    await tx.webhooks.deliveries(webhook.id, PageRequest(size=100))
    await tx.webhooks.delete_before(OLD)


async def _purge(tx: Transaction, type_id: int, after_id: int) -> None:
    before = datetime.now(UTC) - timedelta(days=990)
    bounds = [PurgeBounds(type_id, before, before, before)]
    look = await tx.purging.lock_next(bounds, after_id=after_id, max_id=after_id + JOBS, limit=20)
    assert look.ids
    await tx.purging.still(bounds, look.ids)
    await tx.purging.products(bounds, look.ids)
    executions = await tx.purging.executions(look.ids)
    await tx.purging.delete(look.ids, [execution.id for execution in executions], [])
