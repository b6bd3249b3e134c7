"""Executions that were imported while they ran elsewhere: nobody here runs them, and a cancel ends them all the same."""

import asyncio
from typing import Any

import pytest

from jobsvc.api.context import Services
from jobsvc.db.database import Database
from jobsvc.domain.filters import JobFilter
from jobsvc.domain.status import BulkKind
from jobsvc.services.bulk import BulkRequest
from tests.support import Client
from tests.transfer.lines import BASIS, Line, execution, job, load
from tests.transfer.test_jobs import RUNNING, claim, queue_of, rows

NOTHING_RAN = {"version": "1.0", "tasks": []}


async def left_running(db: Database, *lines: Line) -> None:
    await load(db, *BASIS, *lines, keep_running=True)


async def states(db: Database) -> list[Any]:
    """Status of each job and of its executions."""
    return await rows(
        db, "SELECT j.status, e.exe_num, e.status FROM job j JOIN execution e ON e.job_id = j.id ORDER BY j.id, e.id"
    )


async def bulk(services: Services, kind: BulkKind) -> None:
    await services.bulk_work.complete(await services.bulk.accept(BulkRequest(kind, JobFilter(job_ids=frozenset({1, 2, 3})))))


async def test_a_bulk_cancel_ends_what_nobody_runs(db: Database, services: Services, client: Client) -> None:
    await left_running(db, *[job(number, **RUNNING) for number in (1, 2)], *[execution(n, status="RUNNING") for n in (1, 2)])
    await bulk(services, BulkKind.CANCEL)
    assert await states(db) == [("CANCELED", 1, "CANCELED")] * 2
    result = (await client.get("/v6/jobs/1/executions/1/")).json()
    assert (result["error"], result["task_results"]) == (None, NOTHING_RAN)
    assert result["ended"] == (await client.get("/v6/jobs/1/")).json()["last_status_change"]


@pytest.mark.parametrize("prefix", ["", "/v3", "/v5"])
async def test_so_does_a_patch(db: Database, client: Client, prefix: str) -> None:
    await left_running(db, job(1, **RUNNING), execution(1, status="RUNNING", task_results={"tasks": [{"type": "pre"}]}))
    answer = (await client.patch(f"{prefix}/jobs/1/", {"status": "CANCELED"})).json()
    assert (answer["status"], [item["status"] for item in answer["job_exes"]]) == ("CANCELED", ["CANCELED"])
    assert answer["job_exes"][0]["ended"] == answer["ended"]
    assert (await client.get("/v6/jobs/1/executions/1/")).json()["task_results"] == {"tasks": [{"type": "pre"}]}


async def test_the_job_can_be_queued_and_run_again(db: Database, services: Services) -> None:
    await left_running(db, job(1, **RUNNING), execution(1, status="RUNNING"))
    await bulk(services, BulkKind.CANCEL)
    await bulk(services, BulkKind.REQUEUE)
    claimed = await claim(db)
    assert claimed is not None
    assert await states(db) == [("RUNNING", 1, "CANCELED"), ("RUNNING", 2, "RUNNING")]


@pytest.mark.parametrize(
    ("columns", "becomes"),
    [
        ({"status": "CANCELED"}, ("CANCELED", 1, "CANCELED")),
        ({"status": "RUNNING"}, ("RUNNING", 1, "RUNNING")),
        ({"status": "COMPLETED", "ended": "2026-01-01T12:00:00Z"}, ("COMPLETED", 1, "RUNNING")),
        ({"status": "PENDING", "num_exes": 2}, ("PENDING", 1, "CANCELED")),
    ],
)
async def test_the_rescue_ends_what_was_canceled_before(db: Database, columns: dict[str, Any], becomes: Any) -> None:
    await left_running(db, job(1, **RUNNING | columns), execution(1, status="RUNNING"))
    done = await asyncio.gather(*[queue_of(db).rescue() for _ in range(3)])
    assert await states(db) == [becomes]
    assert sum(done) == (becomes[2] == "CANCELED")


async def test_what_is_run_here_is_only_told_to_stop(db: Database, services: Services) -> None:
    await load(db, *BASIS, job(1, status="QUEUED", num_exes=1, input={}, queued="2026-01-01T12:00:00Z"))
    assert await claim(db)
    await bulk(services, BulkKind.CANCEL)
    assert await queue_of(db).rescue() == 0
    assert await states(db) == [("CANCELED", 1, "RUNNING")]
