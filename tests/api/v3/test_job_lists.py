"""The parameters of the three job lists (docs/spec/behaviour/v3-jobs.md)."""

from urllib.parse import parse_qs

import pytest
import pytest_asyncio

from jobsvc.api.v3.filters import JOBS, UPDATES
from tests.api.conftest import Stage
from tests.api.v3 import lists
from tests.api.v3.lists import ALL, ALONE, LITERAL, TOGETHER

pytestmark = pytest.mark.asyncio(loop_scope="module")
PARAMETERS = {"/jobs/": {*JOBS, "include_superseded"}, "/jobs/executions/": {*JOBS, "include_superseded"}}
PARAMETERS["/jobs/updates/"] = {*UPDATES, "include_superseded"}
EVERY_LIST = pytest.mark.parametrize("path", PARAMETERS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def ids(stage: Stage) -> dict[str, int]:
    return await lists.make_jobs(stage.make)


async def listed(stage: Stage, ids: dict[str, int], path: str) -> str:
    """The labels of the jobs in an answer, which also counts them."""
    answer = (await stage.client.get(path.format(**ids))).json()
    names = {ids[label]: label for label in ALL.split()}
    assert answer["count"] == len(answer["results"])
    return " ".join(names[job["id"]] for job in answer["results"])


@pytest.mark.parametrize(("query", "expected"), [*ALONE, *TOGETHER, *LITERAL])
@pytest.mark.parametrize("path", ["/jobs/", "/jobs/executions/"])
async def test_the_lists_select(stage: Stage, ids: dict[str, int], path: str, query: str, expected: str) -> None:
    assert await listed(stage, ids, f"{path}?{query}") == expected


@pytest.mark.parametrize(("query", "expected"), [*ALONE, *TOGETHER, *LITERAL])
async def test_updates_have_fewer_parameters(stage: Stage, ids: dict[str, int], query: str, expected: str) -> None:
    result = (await listed(stage, ids, f"/jobs/updates/?{query}&order=last_modified")).split()
    unknown = set(parse_qs(query)) - PARAMETERS["/jobs/updates/"]
    assert result == expected.split() if not unknown else set(result) > set(expected.split())


async def test_the_table_has_a_case_for_every_parameter() -> None:
    assert {name for query, _ in ALONE for name in parse_qs(query)} == PARAMETERS["/jobs/"]
    assert [query for query, expected in ALONE if expected in {ALL, ""}] == []


@EVERY_LIST
@pytest.mark.parametrize("query", ["bogus=1", "is_superseded=true", "recipe_id=1", "_=1700000000"])
async def test_unknown_parameters_are_ignored(stage: Stage, ids: dict[str, int], path: str, query: str) -> None:
    assert await listed(stage, ids, f"{path}?{query}&order=last_modified") == ALL


ORDERS = [
    ("order=-last_modified", " ".join(reversed(ALL.split()))),
    ("order=id", " ".join(reversed(ALL.split()))),
    ("order=-pk", ALL),
    ("order=name&order=-version&order=-last_modified", "failed replaced done blocked waiting queued running bad"),
    ("order=job_type__name&order=last_modified", "done failed replaced bad running queued waiting blocked"),
    ("order=-job_type&order=last_modified", "bad running queued waiting blocked done failed replaced"),
    ("order=-job_type.name&order=last_modified", "bad running queued waiting blocked done failed replaced"),
    ("order=-priority&order=-last_modified", " ".join(reversed(ALL.split()))),
]


@EVERY_LIST
@pytest.mark.parametrize(("query", "expected"), ORDERS)
async def test_the_order(stage: Stage, ids: dict[str, int], path: str, query: str, expected: str) -> None:
    assert await listed(stage, ids, f"{path}?{query}") == expected


BAD = ["order=", "order=bogus", "started=now", "ended=2020-01-01", "job_id=x", "job_type_id=1.0", "batch_id="]
EQUAL = "started=2020-01-01T00:00:00Z&ended=2020-01-01T00:00:00Z"


@EVERY_LIST
@pytest.mark.parametrize("query", [*BAD, EQUAL, "include_superseded=maybe"])
async def test_values_that_cannot_be_read(stage: Stage, path: str, query: str) -> None:
    name = query.partition("=")[0]
    answer = await stage.client.get(f"{path}?{query}")
    assert answer.status_code == (400 if name in {*PARAMETERS[path], "order"} else 200)


@EVERY_LIST
async def test_pages(stage: Stage, path: str) -> None:
    assert (await stage.client.get(f"{path}?page_size=3&page=4")).json()["detail"] == "Invalid page."
    answer = (await stage.client.get(f"/v4{path}?page_size=3&page=2&order=id")).json()
    here = f"http://service.test/v4{path}?order=id"
    assert (answer["count"], len(answer["results"])) == (8, 3)
    assert (answer["next"], answer["previous"]) == (f"{here}&page=3&page_size=3", f"{here}&page_size=3")
