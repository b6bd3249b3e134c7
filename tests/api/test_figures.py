"""Jobs as numbers: groups and histograms say what the rows say, whatever of them is counted."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator

from jobsvc.api.v6.schemas.figures import JobGroupPage, JobHistogram
from tests.api import rows
from tests.api.conftest import Stage
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
BEGIN = datetime(2026, 2, 20, tzinfo=UTC)
JOBS = 150
STATES = (rows.COMPLETED, rows.COMPLETED, rows.FAILED, rows.QUEUED, rows.RUNNING, rows.CANCELED)
MEMBERS = {
    "status": lambda job: job["status"],
    "job_type_id": lambda job: job["job_type"]["id"],
    "job_type_name": lambda job: job["job_type"]["name"],
    "error_id": lambda job: job["error"] and job["error"]["id"],
    "error_name": lambda job: job["error"] and job["error"]["name"],
    "error_category": lambda job: job["error"] and job["error"]["category"],
    "is_superseded": lambda job: job["is_superseded"],
}
"""What a group has in common, of a job as the list shows it."""
FILTERS = [
    "",
    "status=QUEUED&status=FAILED",
    "job_type_name=alpha",
    "job_type_name=none",
    "error_category=DATA",
    "is_superseded=true",
    "batch_id=1",
    "batch_id=1&status=COMPLETED&job_type_name=beta",
    "started=2026-02-22T07:00:00Z&ended=2026-03-11T00:30:00Z",
    "started=2026-02-22T00:00:00Z&ended=2026-02-22T23:59:59Z&status=COMPLETED",
    "started=2026-03-01T03:00:00Z&ended=2026-03-01T09:00:00Z",
    "source_sensor=s1",
    "source_sensor=s1&started=2026-02-25T00:00:00Z",
    "recipe_id=1",
    "job_id=1&job_id=2&job_id=3",
    "source_started=2026-01-01T00:00:00Z&source_ended=2026-01-03T12:00:00Z",
]
GROUPS = ["status", "job_type_name", "job_type_id,status", "status,error_name", "error_id", "error_category,is_superseded"]
INTERVALS = [
    ("hour", "started=2026-02-22T07:10:00Z&ended=2026-02-24T00:30:00Z"),
    ("day", "started=2026-02-19T22:00:00Z&ended=2026-03-20T01:30:00Z"),
    ("day", "started=2026-02-21T00:00:00Z&ended=2026-02-21T12:00:00Z&status=COMPLETED"),
    ("week", "started=2026-02-18T22:00:00Z&ended=2026-03-20T01:30:00Z&job_type_name=alpha"),
    ("month", "started=2026-01-18T22:00:00Z&ended=2026-04-02T01:30:00Z"),
    ("day", "started=2026-02-20T10:00:00Z&ended=2026-03-10T00:00:00Z&source_sensor=s1"),
    ("day", "started=2026-02-20T10:00:00Z&ended=2026-03-10T00:00:00Z&batch_id=1"),
    ("day", "started=2026-02-20T10:00:00Z&ended=2026-03-10T00:00:00Z&job_type_name=none"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(stage: Stage) -> Stage:
    await fill(stage)
    return stage


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["deltas", "folded"])
async def client(filled: Stage, request: pytest.FixtureRequest) -> Client:
    """Jobs of two types over a month, whose numbers stand in the deltas, and then in the counts."""
    if request.param == "folded":
        async with filled.db.transaction() as tx:
            await tx.counts.fold(1_000_000)
    return filled.client


async def fill(stage: Stage) -> None:
    make, chance = stage.make, random.Random(5)  # noqa: S311
    types = [await make.job_type(name, version) for name, version in (("alpha", "1.0.0"), ("alpha", "2.0.0"), ("beta", "1.0.0"))]
    errors = [await rows.error_row(make, "bad", "DATA"), await rows.error_row(make, "worse", "SYSTEM")]
    batch, recipe = await rows.batch_row(make), await rows.recipe_row(make)
    for number in range(JOBS):
        kind, state, moment = chance.choice(types), chance.choice(STATES), BEGIN + timedelta(days=chance.uniform(0, 25))
        columns: dict[str, Any] = {**state, "last_modified": moment, "last_status_change": moment, "queued": moment}
        if state is rows.FAILED:
            columns["error_id"] = chance.choice(errors)
        columns |= chance.choice(
            [{}, {}, {"batch_id": batch}, {"recipe_id": recipe}, {"is_superseded": True, "superseded": moment}]
        )
        source = datetime(2026, 1, chance.randint(1, 6), chance.randint(0, 23), tzinfo=UTC)
        columns |= chance.choice([{}, {"source_sensor": "s1", "source_started": source, "source_ended": source}])
        job_id = await rows.job_row(make, kind, **columns)
        if number < len(types):
            times = {"queued": moment, "started": moment + timedelta(seconds=10), "ended": moment + timedelta(seconds=40)}
            await rows.execution_row(make, job_id, kind, **times)


async def jobs(client: Client, query: str) -> list[dict[str, Any]]:
    return list((await client.get(f"/v6/jobs/?{query}&page_size=1000")).json()["results"])


@pytest.mark.parametrize("query", FILTERS)
async def test_groups_are_what_the_list_shows(client: Client, query: str) -> None:
    listed = await jobs(client, query)
    for group_by in GROUPS:
        names = group_by.split(",")
        page = (await client.get(f"/v6/jobs/stats/?group_by={group_by}&{query}")).json()
        Draft202012Validator(JobGroupPage.model_json_schema()).validate(page)
        keys = [tuple(MEMBERS[name](job) for name in names) for job in listed]
        groups = {tuple(group[name] for name in names): group for group in page["results"]}
        assert {key: group["count"] for key, group in groups.items()} == Counter(keys)
        assert page["count"] == len(page["results"]) == len(groups)
        queued: dict[tuple[Any, ...], str] = {}
        for key, job in zip(keys, listed, strict=True):
            if job["status"] == "QUEUED":
                queued[key] = min(job["queued"], queued.get(key, job["queued"]))
        assert {key: group["oldest_queued"] for key, group in groups.items() if group["oldest_queued"]} == queued


@pytest.mark.parametrize("split", [None, "status", "job_type_name", "error_name", "error_category"])
@pytest.mark.parametrize(("interval", "query"), INTERVALS)
async def test_a_histogram_is_what_the_lists_of_its_bars_show(
    client: Client, interval: str, query: str, split: str | None
) -> None:
    answer = await client.get(f"/v6/jobs/histogram/?interval={interval}&{query}" + (f"&split={split}" if split else ""))
    histogram = answer.json()
    Draft202012Validator(JobHistogram.model_json_schema()).validate(histogram)
    listed = await jobs(client, query)
    assert sum(bar["count"] for bar in histogram["results"]) == len(listed)
    for bar in histogram["results"]:
        inside = [job for job in listed if instant(bar["started"]) <= instant(job["last_modified"]) <= instant(bar["ended"])]
        assert bar["count"] == len(inside)
        assert bar["counts"] == (Counter(MEMBERS[split](job) or "" for job in inside) if split else {})
    assert all(instant(one["ended"]) < instant(other["started"]) for one, other in pairwise(histogram["results"]))


async def test_the_largest_groups_come_first_page_by_page(client: Client) -> None:
    path = "/v6/jobs/stats/?group_by=job_type_id,status&page_size=3"
    first = (await client.get(path)).json()
    counts = [group["count"] for group in first["results"]]
    assert counts == sorted(counts, reverse=True)
    second = (await client.get(first["next"])).json()
    assert second["results"][0]["count"] <= counts[-1]
    assert (await client.get(f"{path}&page=999")).status_code == 404


async def test_times_are_those_of_the_last_executions(client: Client) -> None:
    page = (await client.get("/v6/jobs/stats/?group_by=status&job_type_name=alpha&job_type_name=beta")).json()
    for group in page["results"]:
        if group["status"] == "COMPLETED":
            assert group["executions"] == 3
            assert group["waiting"] == {"p50": 10.0, "p95": 10.0}
            assert group["running"] == {"p50": 30.0, "p95": 30.0}


async def test_nothing_ran_of_a_type_without_executions(stage: Stage, client: Client) -> None:
    kind = await stage.make.job_type("idle")
    job_id = await rows.job_row(stage.make, kind)
    await rows.execution_row(stage.make, job_id, kind, started=None, status="CANCELED")
    [group] = (await client.get("/v6/jobs/stats/?group_by=job_type_name&job_type_name=idle")).json()["results"]
    assert (group["executions"], group["waiting"], group["running"]) == (
        0,
        {"p50": None, "p95": None},
        {"p50": None, "p95": None},
    )


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/v6/jobs/stats/?group_by=colour", "group_by"),
        ("/v6/jobs/stats/?group_by=status&group_by=status,Status", "group_by"),
        ("/v6/jobs/stats/?job_id=x", "job_id"),
        ("/v6/jobs/histogram/?interval=year", "interval"),
        ("/v6/jobs/histogram/?split=batch_id", "split"),
        ("/v6/jobs/histogram/?interval=minute&started=P30D", "interval"),
        ("/v6/jobs/histogram/?interval=month&ended=0001-01-01T00:00:00Z", "ended"),
        ("/v6/jobs/histogram/?started=2026-02-22T00:00:00Z&ended=2026-02-21T00:00:00Z", "started"),
    ],
)
async def test_what_cannot_be_understood_is_named(client: Client, path: str, names: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 400
    assert names in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/v6/jobs/stats/?group_by=,status,&group_by=", "/v6/jobs/stats/", "/v7/jobs/stats/?page_size=5"]
)
async def test_without_a_choice_it_is_by_status(client: Client, path: str) -> None:
    results = (await client.get(path)).json()["results"]
    assert {group["status"] for group in results} > {"COMPLETED", "FAILED", "QUEUED"}
    assert {group["job_type_name"] for group in results} == {None}


@pytest.mark.parametrize(("interval", "number"), [("minute", 60), ("hour", 24), ("day", 30), ("week", 26), ("month", 12)])
async def test_without_a_time_a_histogram_is_up_to_now(client: Client, interval: str, number: int) -> None:
    results = (await client.get(f"/v6/jobs/histogram/?interval={interval}")).json()["results"]
    assert len(results) in {number, number + 1}


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
