"""What a process shows of the installation: numbers of the database, and that it is away."""

import asyncio
from datetime import timedelta

import pytest

from jobsvc import metrics
from jobsvc.db import gauges
from jobsvc.db.database import Database
from jobsvc.domain.paging import PageRequest
from jobsvc.services.clock import utc_now
from jobsvc.services.events.hub import EventHub, EventPace
from jobsvc.services.metrics import OTHER_TYPES, MetricsService
from jobsvc.services.webhooks.delivery import WebhookDelivery
from jobsvc.services.webhooks.sending import WebhookSender
from jobsvc.services.webhooks.service import NewWebhook, WebhookService
from tests.refusing import administrator
from tests.relay import relay_to
from tests.services.support import Station
from tests.webhooks.receiver import answering, receiving

HOUR = 3600

pytestmark = pytest.mark.asyncio


async def shown(database: Database) -> dict[str, float]:
    """The samples of a scrape that never was before."""
    text = (await MetricsService(database, utc_now).text()).decode()
    pairs = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(number) for name, _, number in pairs}


async def test_queues_are_shown_by_the_name_of_their_type(station: Station, db: Database) -> None:
    for name, number in (("few", 1), ("many", 3)):
        await station.queue.queued(await station.make.job_type(name), number)
    result = await shown(db)
    assert result['jobsvc_queue_jobs{job_type="few"}'] == 1
    assert result['jobsvc_queue_jobs{job_type="many"}'] == 3
    assert result['jobsvc_queue_oldest_seconds{job_type="many"}'] >= 0
    assert result['jobsvc_jobs{status="QUEUED"}'] == 4
    assert result["jobsvc_counts_unfolded"] > 0
    assert result["jobsvc_database_up"] == 1
    before = result.get('jobsvc_claims_total{engine="subprocess"}', 0)
    await station.service.claim(station.worker)
    after = await shown(db)
    assert after['jobsvc_claims_total{engine="subprocess"}'] == before + 1
    assert after['jobsvc_jobs{status="QUEUED"}'] == 3


async def test_types_beyond_the_longest_queues_are_one_line(
    station: Station, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gauges, "TYPES", 2)
    for position in range(5):
        await station.queue.queued(await station.make.job_type(f"type-{position}"), position + 1)
    queues = {name: number for name, number in (await shown(db)).items() if name.startswith("jobsvc_queue_jobs")}
    assert queues == {
        'jobsvc_queue_jobs{job_type="type-4"}': 5,
        'jobsvc_queue_jobs{job_type="type-3"}': 4,
        f'jobsvc_queue_jobs{{job_type="{OTHER_TYPES}"}}': 6,
    }


async def test_webhooks_are_shown_with_what_has_not_arrived(station: Station, db: Database) -> None:
    """Whether it waits for another try, or was not even looked at."""
    now = utc_now()
    webhooks = WebhookService(db, lambda: now, EventHub(db, EventPace()), allows_private=True)
    delivery = WebhookDelivery(db, lambda: now, WebhookSender(allows_private=True, timeout=5))
    assert (await shown(db))["jobsvc_webhook_oldest_seconds"] == 0
    async with receiving() as receiver:
        on, _ = await webhooks.make(NewWebhook(receiver.url), "jane")
        await webhooks.make(NewWebhook(receiver.url), "jane")
        await webhooks.change((await webhooks.list(PageRequest())).items[0].id, {"is_active": False})
        await station.queue.queued(await station.make.job_type("few"), 1)
        assert 0 < (await shown(db))["jobsvc_webhook_oldest_seconds"] < HOUR
        receiver.answer = answering(500)
        now -= timedelta(hours=1)
        await webhooks.test(on.id)
        await delivery.run()
        await delivery.idle()
        assert HOUR <= (await shown(db))["jobsvc_webhook_oldest_seconds"] < 2 * HOUR
        receiver.answer = answering(410)
        await webhooks.test(on.id)
        await delivery.run()
        await delivery.idle()
    result = await shown(db)
    await delivery.close()
    assert [result[f'jobsvc_webhooks{{state="{state}"}}'] for state in ("on", "off", "disabled")] == [0, 1, 1]
    assert result["jobsvc_webhook_oldest_seconds"] == 0


async def test_a_database_that_is_away_leaves_the_rest(database_url: str) -> None:
    async with relay_to(database_url) as relay:
        database = Database.connect(relay.url)
        await relay.cut()
        result = await shown(database)
        await database.close()
    assert result["jobsvc_database_up"] == 0
    assert "jobsvc_workers" not in result
    assert "jobsvc_lists_refused_total" in result


async def test_who_scrapes_often_asks_the_database_once(db: Database, database_url: str) -> None:
    service = MetricsService(db, utc_now)
    async with administrator(database_url) as admin:
        await asyncio.gather(*(service.text() for _ in range(20)))
        await admin.execute("ALTER TABLE worker RENAME TO worker_away")
        try:
            assert b"jobsvc_database_up 1.0" in await service.text()
        finally:
            await admin.execute("ALTER TABLE worker_away RENAME TO worker")


async def test_strange_methods_are_one_line() -> None:
    for number in range(50):
        metrics.count_request(f"METHOD{number}", "/v6/jobs/", 405, 0.01)
    methods = {sample.labels["method"] for family in metrics.REQUESTS.collect() for sample in family.samples}
    assert methods <= metrics.METHODS | {metrics.OTHER}
