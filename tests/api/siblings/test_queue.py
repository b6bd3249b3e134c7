"""What waits now, and how many jobs waited and ran."""

from typing import Any

from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.siblings.asking import results
from tests.db.queue import Queue
from tests.db.rows import NOON
from tests.factories import Factory
from tests.support import Client

MORNING = "started=2020-01-01T00:00:00Z&ended=2020-01-01T04:00:00Z"


async def load(client: Client, query: str = MORNING) -> list[tuple[Any, ...]]:
    """Pending, queued and running jobs by the hour."""
    result = await results(client, f"/v6/load/?{query}&page_size=1000")
    return [(item["time"][11:16], item["pending_count"], item["queued_count"], item["running_count"]) for item in result]


async def test_the_queue_by_job_type(client: Client, make: Factory, queue: Queue, echo: JobTypeDetails) -> None:
    urgent = await make.job_type("urgent", columns={"is_paused": True})
    await queue.queued(echo, 2, priority=100)
    await queue.queued(echo, 1, priority=90, now=rows.hour(1))
    await queue.queued(urgent, 1, priority=10)
    result = await results(client, "/v6/queue/status/")
    members = ("count", "longest_queued", "highest_priority", "is_job_type_paused")
    assert [(item["job_type"]["name"], *(item[name] for name in members)) for item in result] == [
        ("urgent", 1, "2026-01-01T12:00:00Z", 10, True),
        ("echo", 3, "2020-01-01T01:00:00Z", 90, False),
    ]


async def test_an_empty_queue(client: Client) -> None:
    assert await results(client, "/v6/queue/status/") == []


async def test_an_execution_waits_and_then_runs(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(make, echo, **rows.COMPLETED)
    await rows.execution_row(make, job_id, echo, queued=rows.hour(0.5), started=rows.hour(1.5), ended=rows.hour(3.5))
    expected = [("00:00", 0, 0, 0), ("01:00", 0, 1, 0), ("02:00", 0, 0, 1), ("03:00", 0, 0, 1), ("04:00", 0, 0, 0)]
    assert await load(client) == expected


async def test_a_moment_belongs_to_what_begins_at_it(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(make, echo, **rows.COMPLETED)
    await rows.execution_row(make, job_id, echo, queued=rows.hour(1), started=rows.hour(2), ended=rows.hour(3))
    assert (await load(client))[1:4] == [("01:00", 0, 1, 0), ("02:00", 0, 0, 1), ("03:00", 0, 0, 0)]


async def test_what_was_canceled_while_it_waited_never_ran(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(make, echo, **rows.CANCELED)
    canceled = {"status": "CANCELED", "queued": rows.hour(0.5), "started": None, "ended": rows.hour(2.5)}
    await rows.execution_row(make, job_id, echo, **canceled)
    assert [counts[1:] for counts in await load(client)] == [(0, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 0), (0, 0, 0)]


async def test_what_goes_on_counts_up_to_the_end(client: Client, make: Factory, queue: Queue, echo: JobTypeDetails) -> None:
    job_id = await rows.job_row(make, echo, **rows.RUNNING)
    running = {"status": "RUNNING", "queued": rows.hour(-9), "started": rows.hour(0.5), "ended": None}
    await rows.execution_row(make, job_id, echo, **running, last_modified=rows.hour(-1))
    await queue.queued(echo, now=rows.hour(1.5))
    await rows.job_row(make, echo, status="PENDING", created=rows.hour(2.5))
    assert [counts[1:] for counts in await load(client)] == [(0, 1, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1), (1, 1, 1)]


async def test_the_load_of_some_job_types(client: Client, make: Factory, queue: Queue, echo: JobTypeDetails) -> None:
    other = await make.job_type("other")
    await queue.queued(echo, 2, now=rows.hour(0))
    await queue.queued(other, 1, now=rows.hour(0))
    queries = ["", "job_type_name=echo", f"job_type_id={other.item.job_type.id}", "job_type_name=echo&job_type_name=other"]
    assert [(await load(client, f"{MORNING}&{query}"))[-1][2] for query in queries] == [3, 2, 1, 3]
    assert (await load(client, f"{MORNING}&job_type_name=none"))[-1] == ("04:00", 0, 0, 0)


async def test_without_a_range_it_is_the_last_week(client: Client, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, now=NOON)
    page = (await client.get("/v6/load/?page=last")).json()
    assert page["count"] in {7 * 24, 7 * 24 + 1}
    assert page["results"][-1]["queued_count"] == 1
