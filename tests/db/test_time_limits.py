"""A list that takes too long is broken off, and says what would help."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import text

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.domain.records import JobTypeDetails
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.db.queue import Queue
from tests.support import Client


@pytest.fixture
async def hasty(database_url: str) -> AsyncIterator[Database]:
    """The test's database, where lists have next to no time."""
    database = Database.connect(database_url, pool_size=1, list_seconds=0.001)
    yield database
    await database.close()


@pytest.fixture
async def hurried(
    hasty: Database, services: Services, settings: Settings, queue: Queue, echo: JobTypeDetails
) -> AsyncIterator[Client]:
    """A client of an API on it, and more jobs than can be sorted in that time."""
    await queue.pending(echo, 20_000)
    app = bare_app({})
    app.state.services = replace(services, jobs=api_services(settings, hasty).jobs)
    async with Client(app) as client:
        yield client


async def test_a_list_that_no_index_serves_is_refused_and_says_what_helps(hurried: Client, hasty: Database) -> None:
    answer = await hurried.get("/v6/jobs/?order=timeout&order=input_file_size")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "longer than the 0.001 seconds" in answer.json()["detail"]
    assert "`started`" in answer.json()["detail"]
    async with hasty.reading() as tx:
        # Its connection, the only one, is as it was: other statements have all the time they need.
        await tx._connection.execute(text("SELECT pg_sleep(0.05)"))


async def test_lists_that_are_asked_for_all_the_time_have_no_limit(hurried: Client) -> None:
    for query in ("", "?status=PENDING", "?order=-last_modified&status=PENDING&job_type_name=echo"):
        answer = await hurried.get(f"/v6/jobs/{query}")
        assert (answer.status_code, answer.json()["count"]) == (200, 20_000)


async def test_in_a_transaction_the_limit_ends_with_the_block(hasty: Database) -> None:
    async with hasty.transaction() as tx:
        await tx.write_something()
        await tx._connection.execute(text("SELECT pg_sleep(0.05)"))
