"""A log store that is away: said before the first byte, and impossible to overlook after it."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from jobsvc.api.context import Services
from jobsvc.api.logs.formats import Format
from jobsvc.db.database import Database
from jobsvc.services.logs.service import LogService
from jobsvc.services.logs.tail_service import LogTailService
from tests.api.logged import serving
from tests.factories import Factory
from tests.services.logs.logged import FailingStore, running
from tests.support import Client

URLS = ["combined/", "stdout/?format=txt", "combined/?tail=3", "combined/?page_size=3", "stderr/stream/"]


@pytest.fixture
def store(db: Database, client: Client) -> FailingStore:
    """The store of the API, which can be made to fail."""
    failing = FailingStore(db)
    services: Services = client.app.state.services
    client.app.state.services = replace(services, logs=LogService(db, failing), log_tail=LogTailService(db, failing))
    return failing


@pytest.fixture
async def path(make: Factory) -> str:
    """Where the log of 5000 lines is: pages of a store are shorter."""
    job = await running(make)
    await job.write(*range(1, 5001))
    return f"/v6/job-executions/{job.execution.id}/logs"


@pytest.mark.parametrize("url", URLS)
async def test_a_store_that_is_away_is_503(client: Client, store: FailingStore, path: str, url: str) -> None:
    store.is_away = True
    answer = await client.request("GET", f"{path}/{url}")
    assert (answer.status_code, answer.json()["detail"]) == (503, "The log store is away.")
    assert answer.headers["retry-after"] == "5"


@pytest.mark.parametrize("query", [*(f"format={form}" for form in Format), "compress=gzip"])
async def test_a_log_that_breaks_off_is_no_whole_one(client: Client, store: FailingStore, path: str, query: str) -> None:
    store.pages = 1
    app: FastAPI = client.app
    async with serving(app) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
            await http.get(f"{path}/combined/?{query}")


async def test_a_page_and_a_tail_come_whole_or_not_at_all(client: Client, store: FailingStore, path: str) -> None:
    store.pages = 1
    for query in ("page_size=4000", "tail=4000"):
        assert (await client.request("GET", f"{path}/combined/?{query}")).status_code == 503


@pytest.mark.parametrize("query", ["format=txt", "tail=9", "page_size=9", "q=nothing"])
@pytest.mark.parametrize(("known", "complete"), [(5, "true"), (6, "false"), (None, "true")])
async def test_a_log_of_which_a_worker_still_has_lines_is_not_complete(
    client: Client, make: Factory, query: str, known: int | None, complete: str
) -> None:
    job = await running(make)
    await job.write(*range(1, 6))
    await job.end(lines=known)
    answer = await client.request("GET", f"/v6/job-executions/{job.execution.id}/logs/combined/?{query}")
    assert (answer.status_code, answer.headers["x-log-complete"]) == (204 if "nothing" in query else 200, complete)
