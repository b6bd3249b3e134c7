"""How many jobs of each type do what."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.domain.records import JobTypeDetails
from tests.api import rows
from tests.api.siblings.asking import column, results
from tests.db.queue import Queue
from tests.factories import Factory
from tests.support import Client

PATH = "/v6/job-types/status/"
DAY = "started=2020-01-01T00:00:00Z&ended=2020-01-02T00:00:00Z"


def count(status: str, number: int, most_recent: str, category: str | None = None) -> dict[str, Any]:
    return {"status": status, "count": number, "most_recent": most_recent, "category": category}


async def counts(client: Client, query: str) -> list[Any]:
    [entry] = await column(client, f"{PATH}?{query}", "job_counts")
    assert isinstance(entry, list)
    return entry


@pytest.mark.usefixtures("echo")
async def test_a_type_without_jobs_is_there(client: Client) -> None:
    [entry] = await results(client, PATH)
    [listed] = await results(client, "/v6/job-types/")
    assert entry["job_counts"] == []
    assert entry["job_type"].items() <= listed.items()


async def test_failures_are_counted_by_whose_fault_they_are(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    bad = await rows.error_row(make, "bad", "DATA")
    worse = await rows.error_row(make, "worse", "DATA")
    for hour, error_id in enumerate([bad, worse, None], start=1):
        await rows.job_row(make, echo, **rows.FAILED, error_id=error_id, last_status_change=rows.hour(hour))
    expected = [count("FAILED", 2, "2020-01-01T02:00:00Z", "DATA"), count("FAILED", 1, "2020-01-01T03:00:00Z")]
    assert await counts(client, DAY) == expected


async def test_what_is_not_final_counts_at_any_time(client: Client, make: Factory, queue: Queue, echo: JobTypeDetails) -> None:
    await queue.queued(echo, 2)
    await rows.job_row(make, echo, **rows.RUNNING, last_status_change=rows.hour(1))
    await rows.job_row(make, echo, status="BLOCKED", last_status_change=rows.hour(2))
    await rows.job_row(make, echo, status="PENDING", created=rows.hour(3))
    assert await counts(client, "") == [
        count("BLOCKED", 1, "2020-01-01T02:00:00Z"),
        count("PENDING", 1, "2020-01-01T03:00:00Z"),
        count("QUEUED", 2, "2026-01-01T12:00:00Z"),
        count("RUNNING", 1, "2020-01-01T01:00:00Z"),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["COMPLETED"]),
        ("started=PT1H", []),
        ("started=PT5H", ["CANCELED", "COMPLETED"]),
        ("started=PT5H&ended=PT3H", ["CANCELED"]),
        ("ended=PT3H", ["CANCELED"]),
    ],
)
async def test_what_is_final_counts_when_it_became_so_within_the_range(
    client: Client, make: Factory, echo: JobTypeDetails, query: str, expected: list[str]
) -> None:
    now = datetime.now(UTC)
    await rows.job_row(make, echo, **rows.COMPLETED, last_status_change=now - timedelta(hours=2))
    await rows.job_row(make, echo, **rows.CANCELED, last_status_change=now - timedelta(hours=4))
    assert [item["status"] for item in await counts(client, query)] == expected


async def test_types_are_selected_and_paged(client: Client, make: Factory) -> None:
    await make.job_type("alpha", columns={"is_active": False})
    await make.job_type("beta")
    await make.job_type("gamma")
    names = [item["name"] for item in await column(client, f"{PATH}?is_active=true", "job_type")]
    assert names == ["beta", "gamma"]
    page = (await client.get(f"{PATH}?page=2&page_size=2")).json()
    assert (page["count"], [item["job_type"]["name"] for item in page["results"]]) == (3, ["gamma"])


async def test_running_types_come_by_the_longest_run(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    other = await make.job_type("other")
    for job_type, hour in ((echo, 3), (echo, 2), (other, 1)):
        await rows.job_row(make, job_type, **{**rows.RUNNING, "started": rows.hour(hour)})
    await rows.job_row(make, echo, **rows.COMPLETED)
    result = await results(client, "/v6/job-types/running/")
    assert [(item["job_type"]["name"], item["count"], item["longest_running"]) for item in result] == [
        ("other", 1, "2020-01-01T01:00:00Z"),
        ("echo", 2, "2020-01-01T02:00:00Z"),
    ]


async def test_pending_types_come_by_the_longest_wait(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    await rows.job_row(make, echo, created=rows.hour(2))
    await rows.job_row(make, echo, created=rows.hour(1), last_status_change=rows.hour(3))
    [entry] = await results(client, "/v6/job-types/pending/")
    assert (entry["job_type"]["name"], entry["count"], entry["longest_pending"]) == ("echo", 2, "2020-01-01T02:00:00Z")


async def test_system_failures_come_by_type_and_error(client: Client, make: Factory, echo: JobTypeDetails) -> None:
    lost = await rows.error_row(make, "lost", "SYSTEM")
    broken = await rows.error_row(make, "broken", "SYSTEM")
    bad = await rows.error_row(make, "bad", "DATA")
    for hour, error_id in enumerate([lost, broken, lost, bad], start=1):
        await rows.job_row(make, echo, **rows.FAILED, error_id=error_id, last_status_change=rows.hour(hour))
    result = await results(client, "/v6/job-types/system-failures/")
    assert [(item["error"]["name"], item["count"], item["first_error"], item["last_error"]) for item in result] == [
        ("lost", 2, "2020-01-01T01:00:00Z", "2020-01-01T03:00:00Z"),
        ("broken", 1, "2020-01-01T02:00:00Z", "2020-01-01T02:00:00Z"),
    ]
    assert {item["job_type"]["name"] for item in result} == {"echo"}
    assert result[0]["error"] == (await client.get(f"/v6/errors/{lost}/")).json()


async def test_the_counts_win_over_a_job_type_of_that_name(client: Client, make: Factory) -> None:
    for name in ("status", "running", "pending", "system-failures"):
        await make.job_type(name)
        result = await results(client, f"/v6/job-types/{name}/")
        assert all("job_type" in item for item in result)
        assert await results(client, f"/v7/job-types/{name}/") == result
        assert (await client.get(f"/v6/job-types/{name}/1.0.0/")).json()["name"] == name
