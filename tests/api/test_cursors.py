"""Pages by cursor: each job once, wherever the list is, forwards and backwards, and no cursor for another list."""

import base64
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio
from sqlalchemy import text

from jobsvc.db.tables import JobRow
from jobsvc.domain.job_sorting import JobOrderField
from tests.api import rows
from tests.api.conftest import Stage
from tests.support import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
JOBS = 23
LISTS = ["/v6/jobs/", "/jobs/", "/jobs/updates/", "/jobs/executions/"]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def jobs(stage: Stage) -> None:
    """Jobs of which several share each value, and some have none."""
    job_type = (await stage.make.job_type()).item.job_type
    async with stage.db.engine.connect() as connection:
        revision_id = await connection.scalar(text("SELECT id FROM job_type_revision"))
    for number in range(JOBS):
        some = number % 4
        values: dict[str, Any] = {
            "last_modified": rows.hour(number // 3),
            "created": rows.hour(number // 5),
            "started": rows.hour(some) if some else None,
            "ended": rows.hour(some) + timedelta(minutes=number % 3) if some else None,
            "source_sensor": [None, "b", "A", "c"][some],
            "input_file_size": None if some == 1 else some / 3,
            "num_exes": some,
            "error_id": some or None,
        }
        make = stage.make.tried_job if some else partial(stage.make.row, JobRow)
        await make(
            job_type_id=job_type.id,
            job_type_rev_id=revision_id,
            status=["FAILED", "COMPLETED", "CANCELED"][number % 3],
            max_tries=3,
            **values,
        )


async def pages(client: Client, url: str, link: str = "next") -> list[list[int]]:
    """All pages from one on, by their links."""
    result = []
    following: str | None = url
    while following is not None:
        answer = await client.get(following)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        assert body["count"] == JOBS
        result.append([job["id"] for job in body["results"]])
        following = body[link]
        assert len(result) < 2 * JOBS
    return result


async def whole(client: Client, query: str) -> list[int]:
    return [job["id"] for job in (await client.get(f"/v6/jobs/?page_size=1000{query}")).json()["results"]]


@pytest.mark.parametrize("field", list(JobOrderField))
async def test_cursors_give_each_job_once_in_the_sequence_of_every_order(stage: Stage, field: str) -> None:
    for order in (f"&order={field}", f"&order=-{field}"):
        expected = await whole(stage.client, order)
        turned = await pages(stage.client, f"/v6/jobs/?cursor=&page_size=5{order}")
        assert [job for page in turned for job in page] == expected
        assert [len(page) for page in turned] == [5, 5, 5, 5, 3]


@pytest.mark.parametrize(
    "order", ["", "&order=started&order=-created", "&order=-source_sensor&order=status", "&order=duration&order=-input_file_size"]
)
async def test_back_is_as_forth(stage: Stage, order: str) -> None:
    forth = await pages(stage.client, f"/v6/jobs/?cursor=&page_size=4{order}")
    assert sorted(job for page in forth for job in page) == sorted(await whole(stage.client, ""))
    last = (await stage.client.get(f"/v6/jobs/?cursor=&page_size=4{order}")).json()
    while last["next"] is not None:
        last = (await stage.client.get(last["next"])).json()
    back = await pages(stage.client, last["previous"], "previous")
    assert [*reversed(back), forth[-1]] == forth


@pytest.mark.parametrize(
    "query", ["job_type_name=echo", "status=FAILED&status=CANCELED", "job_type_name=echo&status=FAILED", "error_id=1&error_id=2"]
)
@pytest.mark.parametrize("order", ["", "&order=-last_modified", "&order=-id"])
async def test_filters_of_several_values_are_turned_alike(stage: Stage, query: str, order: str) -> None:
    expected = await whole(stage.client, f"&{query}{order}")
    following: str | None = f"/v6/jobs/?cursor=&page_size=4&{query}{order}"
    turned: list[int] = []
    while following is not None:
        body = (await stage.client.get(following)).json()
        turned += [job["id"] for job in body["results"]]
        following = body["next"]
    assert turned == expected
    assert 0 < len(turned) <= JOBS


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_of_jobs_has_cursors(stage: Stage, path: str) -> None:
    turned = await pages(stage.client, f"{path}?cursor=&page_size=10&include_superseded=true")
    assert [len(page) for page in turned] == [10, 10, 3]
    assert len({job for page in turned for job in page}) == JOBS


async def test_links_go_on_as_the_client_began(stage: Stage) -> None:
    body = (await stage.client.get("/v6/jobs/?cursor=&page_size=5&status=FAILED")).json()
    query = parse_qs(urlsplit(body["next"]).query)
    assert (query["page_size"], query["status"], body["previous"]) == (["5"], ["FAILED"], None)
    assert "page" not in query
    assert "cursor" not in (await stage.client.get("/v6/jobs/?page_size=5")).json()["next"]


async def test_jobs_that_come_and_go_meanwhile_change_nothing_for_the_others(stage: Stage) -> None:
    expected = await whole(stage.client, "")
    first = (await stage.client.get("/v6/jobs/?cursor=&page_size=10")).json()
    changed = [job["id"] for job in first["results"]][:4]
    for job_id in changed:
        await stage.make.set(job_id, last_modified=rows.hour(99))
    rest = [job for page in await pages(stage.client, first["next"]) for job in page]
    assert rest == expected[10:] + changed


async def test_a_cursor_is_of_one_list_only(stage: Stage) -> None:
    cursor = parse_qs(urlsplit((await stage.client.get("/v6/jobs/?cursor=&page_size=5")).json()["next"]).query)["cursor"][0]
    data = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    data[-3] ^= 1
    damaged = base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")
    for refused in (
        f"/v6/jobs/?cursor={cursor}&status=FAILED",
        f"/v6/jobs/?cursor={cursor}&order=created",
        f"/jobs/?cursor={cursor}",
        f"/v6/jobs/?cursor={damaged}",
        f"/v6/jobs/?cursor={cursor}x",
        "/v6/jobs/?cursor=1",
        "/v6/jobs/?cursor=%00",
        "/v6/jobs/?cursor=%C3%A4",
        f"/v6/jobs/?cursor={'A' * 5000}",
    ):
        answer = await stage.client.get(refused)
        assert answer.status_code == 400, refused
        assert answer.json()["detail"].startswith("cursor: is not one of this list")
    assert (await stage.client.get(f"/v6/jobs/?page_size=3&cursor={cursor}")).status_code == 200


async def test_number_and_cursor_do_not_go_together(stage: Stage) -> None:
    answer = await stage.client.get("/v6/jobs/?cursor=&page=2")
    assert answer.status_code == 400
    assert "either by number or by cursor" in answer.json()["detail"]


async def test_another_installation_signs_otherwise(stage: Stage) -> None:
    link = (await stage.client.get("/v6/jobs/?cursor=&page_size=5")).json()["next"]
    async with stage.db.engine.begin() as connection:
        await connection.execute(text("UPDATE scheduler SET cursor_key = 'another'"))
    assert (await stage.client.get(link)).status_code == 400


async def test_nothing_has_one_empty_page(stage: Stage) -> None:
    body = (await stage.client.get("/v6/jobs/?cursor=&status=RUNNING")).json()
    assert body == {"count": 0, "next": None, "previous": None, "results": []}
