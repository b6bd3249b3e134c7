"""The list of all executions (docs/spec/behaviour/v3-executions.md#list and docs/spec/decisions.md#executions-of-v3)."""

from urllib.parse import parse_qs

import pytest
import pytest_asyncio
from sqlalchemy import update

from jobsvc.api.v3.filters import EXECUTIONS
from jobsvc.db.tables import JobTypeRow
from tests.api import rows
from tests.api.conftest import Stage

pytestmark = pytest.mark.asyncio(loop_scope="module")
ALL = "first second third running waiting"
"""All labels, by `last_modified`: 01:00 to 04:00 of 2020-01-01, and now."""

ALONE = [
    ("started=2020-01-01T03:00:00Z", "third running waiting"),
    ("ended=2020-01-01T02:00:00Z", "first second"),
    ("status=FAILED", "second"),
    ("status=RUNNING", "running"),
    ("status=QUEUED", "waiting"),
    ("status=COMPLETED", "first"),
    ("job_type_id={echo}", "first second"),
    ("job_type_name=grep", "third running waiting"),
    ("job_type_category=text", "first second"),
    ("node_id={node}", "first third"),
]
"""Each parameter alone; some executions fit it and some do not."""

MORE = [
    ("", ALL),
    ("status=FAILED&status=QUEUED&status=CANCELED", "second third waiting"),
    ("job_type_name=echo&job_type_name=grep", ALL),
    ("node_id={node}&job_type_category=text", "first"),
    ("status=QUEUED&job_type_name=echo", ""),
    ("node_id={node}&node_id=999", "first third"),
    ("ended=PT1H", "first second third running"),
    ("bogus=1&job_id=0&error_category=DATA", ALL),
    ("status=queued", ""),
]
ORDERS = [
    ("order=-last_modified", "waiting running third second first"),
    ("order=job_type__name&order=last_modified", "first second third running waiting"),
    ("order=-job_type__name&order=last_modified", "third running waiting first second"),
    ("order=-job__job_type__name&order=-last_modified", "waiting running third second first"),
    ("order=-job_type&order=-last_modified", "waiting running third second first"),
    ("order=-job&order=status", "waiting running third second first"),
    ("order=node_id&order=-error&order=job_type_id&order=-pk", "first third second running waiting"),
    ("order=status&order=-created&order=-id", "third first second waiting running"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(stage: Stage) -> dict[str, int]:
    """Four executions, and an attempt that waits; gives what the labels stand for."""
    echo, grep = await stage.make.job_type("echo"), await stage.make.job_type("grep")
    async with stage.db.engine.begin() as connection:
        await connection.execute(update(JobTypeRow).where(JobTypeRow.name == "echo").values(category="text"))
    node = await rows.node_row(stage.make)
    ended = [("COMPLETED", echo, node), ("FAILED", echo, None), ("CANCELED", grep, node)]
    ids = {"echo": echo.item.job_type.id, "node": node}
    states = zip(ALL.split(), [*ended, ("RUNNING", grep, None)], strict=False)
    for number, (label, (status, kind, on)) in enumerate(states, start=1):
        job = await rows.job_row(stage.make, kind, **rows.COMPLETED)
        columns = {"status": status, "node_id": on, "last_modified": rows.hour(number), "id": 100 - number}
        still = {"ended": None} if status == "RUNNING" else {}
        ids[label] = await rows.execution_row(stage.make, job, kind, **columns, **still)
    await stage.make.job(grep)
    (waiting,) = (await stage.client.get("/job-executions/?status=QUEUED")).json()["results"]
    return ids | {"waiting": waiting["id"]}


async def listed(stage: Stage, ids: dict[str, int], query: str) -> str:
    answer = (await stage.client.get(f"/job-executions/?{query.format(**ids)}")).json()
    names = {ids[label]: label for label in ALL.split()}
    assert answer["count"] == len(answer["results"])
    return " ".join(names[execution["id"]] for execution in answer["results"])


@pytest.mark.parametrize(("query", "expected"), [*ALONE, *MORE, *ORDERS])
async def test_the_list_selects(stage: Stage, ids: dict[str, int], query: str, expected: str) -> None:
    assert await listed(stage, ids, query) == expected


async def test_the_table_has_a_case_for_every_parameter() -> None:
    assert {name for query, _ in ALONE for name in parse_qs(query)} == set(EXECUTIONS)
    assert [query for query, expected in ALONE if expected in {ALL, ""}] == []


@pytest.mark.parametrize("query", ["order=bogus", "order=", "started=now", "node_id=x", "job_type_id="])
async def test_values_that_cannot_be_read(stage: Stage, query: str) -> None:
    assert (await stage.client.get(f"/job-executions/?{query}")).status_code == 400


async def test_pages(stage: Stage, ids: dict[str, int]) -> None:
    answer = (await stage.client.get("/v3/job-executions?page_size=2&page=3")).json()
    assert (answer["count"], [item["id"] for item in answer["results"]]) == (5, [ids["waiting"]])
    assert answer["previous"] == "http://service.test/v3/job-executions/?page=2&page_size=2"
    assert (await stage.client.get("/job-executions/?page=2")).status_code == 404


async def test_an_attempt_that_waits_is_an_execution(stage: Stage) -> None:
    (waiting,) = (await stage.client.get("/job-executions/?status=QUEUED")).json()["results"]
    assert waiting["id"] < 0
    result = (await stage.client.get(f"/job-executions/{waiting['id']}/")).json()
    assert [result[name] for name in ("status", "started", "ended", "node", "results")] == ["QUEUED", None, None, None, None]
    assert result["job"]["id"] == waiting["job"]["id"]


@pytest.mark.parametrize("number", ["0", "999", "-999", "9" * 40, "-" + "9" * 40, "x", "+1", "1.0", "--1"])
async def test_an_execution_that_there_is_not(stage: Stage, number: str) -> None:
    assert (await stage.client.get(f"/job-executions/{number}/")).status_code == 404
