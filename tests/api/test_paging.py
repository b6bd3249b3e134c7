"""Pages and their links (docs/spec/behaviour/conventions.md#paging)."""

from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from jobsvc.app import bare_app
from tests.api.conftest import Stage
from tests.support import BASE, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
COUNT = 1001
FILL = text(
    "INSERT INTO job (job_type_id, job_type_rev_id, status, max_tries) SELECT t.id, r.id, 'PENDING', 3 "
    "FROM job_type t JOIN job_type_revision r ON r.job_type_id = t.id, generate_series(1, :count)"
)
JOBS = f"{BASE}/v6/jobs/"


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def jobs(stage: Stage) -> None:
    await stage.make.job_type()
    async with stage.db.engine.begin() as connection:
        await connection.execute(FILL, {"count": COUNT})


@pytest.mark.parametrize(
    ("query", "results", "previous", "following"),
    [
        ("page=11", 1, "page=10", None),
        ("page=last", 1, "page=10", None),
        ("page=%2011%20", 1, "page=10", None),
        ("page_size=1&page=1", 1, None, "page=2&page_size=1"),
        ("page_size=7&page=143", 7, "page=142&page_size=7", None),
        ("page_size=500&page=3", 1, "page=2&page_size=500", None),
        ("page_size=1000&page=2", 1, "page_size=1000", None),
        ("page_size=1001&page=2", 1, "page_size=1001", None),
        ("page_size=999999&page=2", 1, "page_size=999999", None),
        ("page_size=9999999999999999999&page=2", 1, "page_size=9999999999999999999", None),
        ("page_size=0&page=11", 1, "page=10&page_size=0", None),
        ("page_size=-5&page=11", 1, "page=10&page_size=-5", None),
        ("page_size=ten&page=11", 1, "page=10&page_size=ten", None),
        ("page_size=&page=11", 1, "page=10&page_size=", None),
        ("page_size=1.5&page=11", 1, "page=10&page_size=1.5", None),
        ("page=4&page=11", 1, "page=10", None),
    ],
)
async def test_a_page(stage: Stage, query: str, results: int, previous: str | None, following: str | None) -> None:
    page = (await stage.client.get(f"/v6/jobs/?{query}")).json()
    assert (page["count"], len(page["results"])) == (COUNT, results)
    assert page["previous"] == (previous and f"{JOBS}?{previous}")
    assert page["next"] == (following and f"{JOBS}?{following}")


async def test_a_hundred_results_unless_told_otherwise(stage: Stage) -> None:
    page = (await stage.client.get("/v6/jobs/")).json()
    assert list(page) == ["count", "next", "previous", "results"]
    assert (len(page["results"]), page["previous"], page["next"]) == (100, None, f"{JOBS}?page=2")


@pytest.mark.parametrize("page", ["0", "-1", "12", "x", "", "1.0", "LAST", "9" * 19, "9" * 5000])
async def test_a_page_that_is_not_there(stage: Stage, page: str) -> None:
    answer = await stage.client.get("/v6/jobs/", page=page)
    assert (answer.status_code, answer.json()["detail"]) == (404, "Invalid page.")


async def test_the_first_page_of_nothing_is_empty(stage: Stage) -> None:
    empty: dict[str, Any] = {"count": 0, "next": None, "previous": None, "results": []}
    for page in ("1", "last"):
        assert (await stage.client.get("/v6/jobs/", status="LOST", page=page)).json() == empty
    assert (await stage.client.get("/v6/jobs/", status="LOST", page="2")).status_code == 404


@pytest.mark.parametrize("query", ["page=0&job_id=x", "page=0&started=x", "page=99&is_superseded=x", "page=x&source_ended="])
async def test_a_bad_filter_is_told_before_a_bad_page(stage: Stage, query: str) -> None:
    assert (await stage.client.get(f"/v6/jobs/?{query}")).status_code == 400


async def test_links_sort_the_query_and_keep_repeated_values_in_their_sequence(stage: Stage) -> None:
    query = "status=PENDING&page_size=2&page=3&status=FAILED&order=-id&order=created&empty=&text=a%20b%26c%C3%A9"
    page = (await stage.client.get(f"/v6/jobs/?{query}")).json()
    rest = "page_size=2&status=PENDING&status=FAILED&text=a+b%26c%C3%A9"
    assert page["previous"] == f"{JOBS}?empty=&order=-id&order=created&page=2&{rest}"
    assert page["next"] == f"{JOBS}?empty=&order=-id&order=created&page=4&{rest}"


async def test_following_next_leads_through_everything_once(stage: Stage) -> None:
    link: str | None = "/v6/jobs/?page_size=167&order=status"
    result: list[int] = []
    while link is not None:
        page = (await stage.client.get(link)).json()
        result += [job["id"] for job in page["results"]]
        link = page["next"]
    assert result == sorted(set(result))
    assert len(result) == COUNT


@pytest.mark.parametrize(
    ("headers", "base"),
    [
        ({}, "http://service.test"),
        ({"Host": "other.test:8080"}, "http://other.test:8080"),
        ({"X-Forwarded-Host": "public.test"}, "http://public.test"),
        ({"X-Forwarded-Host": "public.test:8443, inner.test"}, "http://public.test:8443"),
        ({"X-Forwarded-Proto": "https, http"}, "https://service.test"),
        ({"X-Forwarded-Prefix": "/api/"}, "http://service.test/api"),
        ({"X-Forwarded-Host": "p.test", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/a/b"}, "https://p.test/a/b"),
        ({"Forwarded": 'for=10.0.0.1;host="public.test";proto=https, host=inner.test'}, "https://public.test"),
        ({"Forwarded": "for=10.0.0.1"}, "http://service.test"),
        ({"Forwarded": "host=a.test", "X-Forwarded-Host": "b.test"}, "http://b.test"),
    ],
)
async def test_links_lead_where_the_client_came_from(stage: Stage, headers: dict[str, str], base: str) -> None:
    for generation in ("v6", "v7"):
        answer = await stage.client.request("GET", f"/{generation}/jobs/?page=2&page_size=1", headers=headers)
        links = [answer.json()["previous"], answer.json()["next"]]
        assert links == [f"{base}/{generation}/jobs/?page_size=1", f"{base}/{generation}/jobs/?page=3&page_size=1"]


@pytest.mark.parametrize("path", ["/api/v7/jobs/", "/v7/jobs/", "/v7/jobs"])
async def test_links_have_the_prefix_under_which_a_gateway_publishes(stage: Stage, path: str) -> None:
    app = bare_app({}, root_path="/api")
    app.state.services = stage.services
    async with Client(app, "/api") as client:
        answer = await client.get(path, page_size="1")
        assert answer.json()["next"] == f"{BASE}/api/v7/jobs/?page=2&page_size=1"
        job = answer.json()["results"][0]["id"]
        assert (await client.get(f"/v7/jobs/{job}/")).json()["id"] == job


async def test_location_has_the_same_base_as_links(stage: Stage) -> None:
    body = {"job_type_id": 1}
    answer = await stage.client.post("/v7/jobs/", body, headers={"X-Forwarded-Host": "p.test", "X-Forwarded-Prefix": "api"})
    assert answer.headers["location"] == f"http://p.test/api/v7/jobs/{answer.json()['id']}/"
