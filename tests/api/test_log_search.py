"""Search in the logs of all executions."""

from typing import Any

import pytest
import pytest_asyncio

from jobsvc.db.tables import ExecutionRow, NodeRow
from jobsvc.ports.log_store import LoggedExecution
from tests.api.conftest import Stage
from tests.services.logs.logged import START, Logged

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/v6/logs/search/"
SINCE = {"started": "2026-01-01T00:00:00Z", "ended": "2026-01-31T00:00:00Z"}


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def logs(stage: Stage) -> None:
    """Two executions whose lines alternate, each tenth on standard error."""
    for position, name in enumerate(("one", "two")):
        job = (await stage.make.job(await stage.make.job_type(name))).item
        cluster_id = f"scale_job_x_{job.job.id}x1"
        ids = {"job_id": job.job.id, "job_type_id": job.job_type.id, "exe_num": 1, "cluster_id": cluster_id}
        node = await stage.make.row(NodeRow, hostname=f"node-{name}")
        execution_id = await stage.make.row(ExecutionRow, **ids, node_id=node, queued=START, started=START, status="RUNNING")
        logged = Logged(stage.db, LoggedExecution(execution_id, cluster_id, START))
        for number in range(1 + position, 21, 2):
            await logged.write(number, message=f"line {{}} of {name}")


async def matching(stage: Stage, **params: Any) -> list[int]:
    answer = await stage.client.get(PATH, **SINCE | {"q": "line"} | params)
    return [line["scale_order_num"] for line in answer.json()["results"]]


async def test_a_line_says_which_job_wrote_it(stage: Stage) -> None:
    (line,) = (await stage.client.get(PATH, q="20", **SINCE)).json()["results"]
    assert line == {
        "message": "line 20 of two",
        "@timestamp": "2026-01-02T03:04:05.000020Z",
        "scale_order_num": 20,
        "scale_task": 2,
        "scale_job_exe": "scale_job_x_2x1",
        "scale_node": "node-two",
        "stream": "stderr",
        "scale_job_id": 2,
        "scale_job_exe_num": 1,
        "scale_job_type": "two",
        "scale_job_version": "1.0.0",
    }


T = "2026-01-02T03:04:05.{:06d}Z".format
SEARCHES: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [*range(1, 21)]),
    ({"order": "desc"}, [*range(20, 0, -1)]),
    ({"q": "one"}, [*range(1, 21, 2)]),
    ({"q": '"of one" -19', "order": "desc", "page_size": 2}, [17, 15]),
    ({"job_type_name": "two"}, [*range(2, 21, 2)]),
    ({"job_type_name": ["two", "one"]}, [*range(1, 21)]),
    ({"job_type_name": "three"}, []),
    ({"stream": "stderr"}, [10, 20]),
    ({"stream": "combined", "q": "10"}, [10]),
    ({"started": T(19)}, [19, 20]),
    ({"ended": T(2)}, [1, 2]),
    ({"q": "nothing"}, []),
]


@pytest.mark.parametrize(("params", "expected"), SEARCHES, ids=[str(case[0]) for case in SEARCHES])
async def test_lines_that_are_found(stage: Stage, params: dict[str, Any], expected: list[int]) -> None:
    assert await matching(stage, **params) == expected


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_pages_lead_through_all_that_is_found(stage: Stage, order: str) -> None:
    whole = await matching(stage, order=order)
    page = (await stage.client.get(PATH, **SINCE, q="line", order=order, page_size=7)).json()
    numbers = [line["scale_order_num"] for line in page["results"]]
    while page["next"]:
        page = (await stage.client.request("GET", page["next"])).json()
        numbers += [line["scale_order_num"] for line in page["results"]]
    assert numbers == whole


async def test_a_range_that_ends_now_stays_the_same_from_page_to_page(stage: Stage) -> None:
    answer = await stage.client.get(PATH, q="line", started="2026-11-01T00:00:00Z", ended="2026-11-02T00:00:00Z")
    assert answer.json() == {"results": [], "next": None}
    following = (await stage.client.get(PATH, **SINCE, q="line", page_size=1)).json()["next"]
    assert "started=2026-01-01T00%3A00%3A00Z" in following
    assert "ended=2026-01-31T00%3A00%3A00Z" in following


REFUSED = [
    ("q", None),
    ("q", ""),
    ("started", None),
    ("started", "soon"),
    ("started", "2025-01-01T00:00:00Z"),
    ("started", "2027-01-01T00:00:00Z"),
    ("ended", "later"),
    ("stream", "stdin"),
    ("order", "id"),
    ("page_size", "0"),
    ("page_size", "1001"),
    ("cursor", "1_1"),
    ("cursor", "x"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
async def test_a_value_that_cannot_be_read_or_is_missing_is_named(stage: Stage, name: str, value: str | None) -> None:
    params = {key: item for key, item in {**SINCE, "q": "line", name: value}.items() if item is not None}
    answer = await stage.client.get(PATH, **params)
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{name}: ")


async def test_the_range_ends_now_unless_it_is_said(stage: Stage) -> None:
    assert (await stage.client.get(PATH, q="line", started="PT1H")).json()["results"] == []
    assert (await stage.client.get(PATH, q="line", started="P32D")).status_code == 400
