"""Web pages of other origins: which may call, as browsers see to it (docs/access.md#pages-of-other-origins)."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from jobsvc.api.hosts import Hosts
from jobsvc.api.middleware import digest_of
from jobsvc.app import bare_app
from tests.api.browsing import SECONDS, browsing, needs_browser, reports
from tests.api.conftest import Stage
from tests.api.logged import serving
from tests.support import BASE, Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGES = "https://jobs.example.com"
OTHERS = "https://elsewhere.example.com"
TOKENS = {"jane": digest_of("secret")}
ASKING = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type,idempotency-key"}
PAGE = """<!doctype html><script>
const api = '%s', tell = value => fetch('/report/', {method: 'POST', body: JSON.stringify(value)});
const headers = {'Authorization': 'Bearer secret', 'Content-Type': 'application/json', 'Idempotency-Key': 'a'};
fetch(api + '/v6/jobs/', {method: 'POST', headers, body: '{"job_type_id": 1}'})
  .then(async answer => tell([answer.status, answer.headers.get('location'), (await answer.json()).id]))
  .catch(problem => tell([problem.name]));
</script>"""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def job_type(stage: Stage) -> None:
    """Job type 1."""
    await stage.make.job_type("echo")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(stage: Stage) -> AsyncIterator[Client]:
    """A client of an API that lets pages of one other origin in, and asks for tokens."""
    app = bare_app(TOKENS, hosts=Hosts(origins=[PAGES]))
    app.state.services = stage.services
    async with Client(app) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unguarded(stage: Stage) -> AsyncIterator[Client]:
    """A client of one without credentials."""
    app = bare_app({}, hosts=Hosts(origins=[PAGES]))
    app.state.services = stage.services
    async with Client(app) as client:
        yield client


async def asked(client: Client, origin: str) -> httpx.Response:
    """What a browser hears that asks whether a page may send a request: an answer of CORS, not of an operation."""
    transport = httpx.ASGITransport(client.app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
        return await browser.options("/v6/jobs/", headers={"Origin": origin} | ASKING)


async def test_a_browser_that_asks_first_needs_no_credentials(guarded: Client) -> None:
    answer = await asked(guarded, PAGES)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == PAGES
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "access-control-allow-credentials" not in answer.headers


async def test_pages_of_another_one_are_refused(guarded: Client, unguarded: Client) -> None:
    for client in (guarded, unguarded):
        answer = await asked(client, OTHERS)
        assert "access-control-allow-origin" not in answer.headers
    answer = await unguarded.post("/v6/jobs/", {"job_type_id": 1}, headers={"Origin": OTHERS})
    assert answer.status_code == 403


async def test_a_page_can_read_what_went_wrong(guarded: Client) -> None:
    answer = await guarded.request("GET", "/v6/jobs/", headers={"Origin": PAGES})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (403, PAGES)
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert answer.headers["vary"] == "Origin"


async def test_named_pages_may_change_things_where_nobody_needs_credentials(unguarded: Client) -> None:
    headers = {"Origin": PAGES, "Sec-Fetch-Site": "cross-site"}
    answer = await unguarded.post("/v6/jobs/", {"job_type_id": 1}, headers=headers)
    assert answer.status_code == 201
    assert answer.headers["access-control-allow-origin"] == PAGES


@needs_browser
@pytest.mark.parametrize("is_named", [True, False], ids=["named", "others"])
async def test_a_browser_lets_a_page_submit_a_job(stage: Stage, tmp_path: Path, *, is_named: bool) -> None:
    pages, address = FastAPI(), ""
    pages.state.services = stage.services
    reported = reports(pages, lambda: PAGE % address)
    async with serving(pages) as own:
        origin = str(own.base_url).rstrip("/")
        api = bare_app(TOKENS, hosts=Hosts(origins=[origin if is_named else PAGES]))
        api.state.services = stage.services
        async with serving(api) as http, asyncio.timeout(SECONDS), browsing(f"{origin}/page/", tmp_path):
            address = str(http.base_url).rstrip("/")
            status, *rest = json.loads(await reported.get())
    if is_named:
        location, job_id = rest
        assert status == 201
        assert location == f"{address}/v6/jobs/{job_id}/"
    else:
        assert status == "TypeError"
