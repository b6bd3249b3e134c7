"""Parts of a log: pages, tails, time ranges, sequence and words, alone and together."""

from typing import Any

import pytest
import pytest_asyncio

from tests.api.conftest import Stage
from tests.services.logs.logged import Logged, running

pytestmark = pytest.mark.asyncio(loop_scope="module")
MESSAGES = {3: "disk FULL", 5: "the disk is not full", 7: "full disk", 8: "disk full, retry", 10: "diskette full"}
Numbers = list[int]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def path(stage: Stage) -> str:
    """Where the log of twelve lines is, the tenth of them on standard error."""
    job: Logged = await running(stage.make)
    for number in range(1, 13):
        await job.write(number, message=MESSAGES.get(number, "line {}"))
    return f"/v6/job-executions/{job.execution.id}/logs"


async def numbers(stage: Stage, path: str, **params: Any) -> Numbers:
    answer = await stage.client.get(path, **params)
    return [line["scale_order_num"] for line in answer.json()] if answer.status_code == 200 else []


T = "2026-01-02T03:04:05.{:06d}Z".format
SELECTED: list[tuple[dict[str, Any], Numbers]] = [
    ({}, [*range(1, 13)]),
    ({"tail": 3}, [10, 11, 12]),
    ({"tail": 12}, [*range(1, 13)]),
    ({"tail": 10000}, [*range(1, 13)]),
    ({"tail": 3, "order": "desc"}, [12, 11, 10]),
    ({"order": "desc"}, [*range(12, 0, -1)]),
    ({"order": "asc"}, [*range(1, 13)]),
    ({"ended": T(4)}, [1, 2, 3, 4]),
    ({"started": T(3), "ended": T(5)}, [3, 4, 5]),
    ({"started": T(3), "ended": T(5), "tail": 2}, [4, 5]),
    ({"q": "disk full"}, [3, 5, 7, 8]),
    ({"q": '"disk full"'}, [3, 8]),
    ({"q": '"disk full" -retry'}, [3]),
    ({"q": "DISK", "tail": 2}, [7, 8]),
    ({"q": "disk", "started": T(4), "ended": T(7), "order": "desc"}, [7, 5]),
    ({"page_size": 4}, [1, 2, 3, 4]),
    ({"page_size": 2, "order": "desc", "q": "full"}, [10, 8]),
    ({"q": "nothing"}, []),
]


@pytest.mark.parametrize(("params", "expected"), SELECTED, ids=[str(case[0]) for case in SELECTED])
async def test_lines_that_are_selected(stage: Stage, path: str, params: dict[str, Any], expected: Numbers) -> None:
    assert await numbers(stage, f"{path}/combined/", **params) == expected


EXTENTS: list[tuple[dict[str, Any], str]] = [
    ({}, "true"),
    ({"tail": 20}, "true"),
    ({"tail": 2}, "false"),
    ({"page_size": 5}, "false"),
]


@pytest.mark.parametrize("form", ["json", "ndjson", "txt", "html", "elasticsearch"])
@pytest.mark.parametrize(("params", "is_whole"), EXTENTS)
async def test_every_format_says_whether_it_is_the_whole(
    stage: Stage, path: str, form: str, params: dict[str, Any], is_whole: str
) -> None:
    answer = await stage.client.get(f"{path}/combined/", format=form, **params)
    assert answer.headers["x-log-complete"] == is_whole
    assert ("link" in answer.headers) == ("page_size" in params)


@pytest.mark.parametrize("params", [{}, {"order": "desc"}, {"q": "disk"}, {"started": T(3)}, {"format": "elasticsearch"}])
@pytest.mark.parametrize("name", ["combined", "stdout"])
async def test_pages_are_the_whole_log_in_its_sequence(stage: Stage, path: str, name: str, params: dict[str, Any]) -> None:
    whole = await stage.client.get(f"{path}/{name}/", **params)
    pages, url = [], f"{path}/{name}/?page_size=2&" + str(whole.request.url.query, "ascii")
    while url:
        page = await stage.client.request("GET", url)
        pages.append(records(page.json()))
        assert page.headers["x-log-complete"] == "false"
        url = page.links["next"]["url"] if "next" in page.links else ""
    assert all(len(page) == 2 for page in pages[:-1])
    assert [line for page in pages for line in page] == records(whole.json())


def records(body: Any) -> list[dict[str, Any]]:
    return [hit["_source"] for hit in body["hits"]["hits"]] if isinstance(body, dict) else body


async def test_a_page_begins_behind_its_cursor_and_has_1000_lines_by_default(stage: Stage, path: str) -> None:
    first = await stage.client.get(f"{path}/combined/", page_size=12)
    assert (first.headers["x-log-complete"], first.links) == ("true", {})
    following = (await stage.client.get(f"{path}/combined/", page_size=11)).links["next"]["url"]
    assert await numbers(stage, following.replace("page_size=11", "")) == [12]


async def test_the_link_leads_to_the_host_and_prefix_that_the_client_used(stage: Stage, path: str) -> None:
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "example.com", "X-Forwarded-Prefix": "/api"}
    answer = await stage.client.request("GET", f"{path}/stdout/?page_size=1&q=line", headers=headers)
    url = answer.links["next"]["url"]
    assert url.startswith(f"https://example.com/api{path}/stdout/?cursor=")
    assert url.endswith("&page_size=1&q=line")


REFUSED = [
    ("tail", "0"),
    ("tail", "10001"),
    ("tail", "many"),
    ("tail", ""),
    ("page_size", "0"),
    ("page_size", "10001"),
    ("page_size", "1.5"),
    ("cursor", ""),
    ("cursor", "x"),
    ("cursor", "1_2_3"),
    ("cursor", "999999999999999999_1"),
    ("order", "newest"),
    ("started", "yesterday"),
    ("ended", "2026-01-02"),
    ("q", ""),
    ("q", '-""'),
    ("q", "x" * 1001),
    ("q", "a\0b"),
    ("download", "maybe"),
    ("compress", "zip"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
async def test_a_value_that_cannot_be_read_is_named(stage: Stage, path: str, name: str, value: str) -> None:
    answer = await stage.client.get(f"{path}/combined/", **{name: value})
    assert answer.status_code == 400
    assert answer.json()["detail"].startswith(f"{name}: ")


@pytest.mark.parametrize(
    "params", [{"tail": 3, "page_size": 2}, {"tail": 3, "cursor": "1_1"}, {"started": "PT1H", "ended": "PT2H"}]
)
async def test_parameters_that_contradict_each_other(stage: Stage, path: str, params: dict[str, Any]) -> None:
    assert (await stage.client.get(f"{path}/combined/", **params)).status_code == 400


async def test_what_is_wrong_with_the_request_comes_before_what_is_not_there(stage: Stage) -> None:
    assert (await stage.client.get("/v6/job-executions/999/logs/combined/", tail=0)).status_code == 400
