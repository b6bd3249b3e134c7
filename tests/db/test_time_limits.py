"""A list that takes too long is broken off, and says what would help."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.api.context import Services
from jobsvc.app import bare_app
from jobsvc.db.database import Database
from jobsvc.db.time_limits import time_limit
from jobsvc.domain.errors import InvalidPage
from jobsvc.domain.records import JobTypeDetails
from jobsvc.settings import Settings
from jobsvc.wiring import api_services
from tests.db.queue import Queue
from tests.support import Client
from tests.waiting import eventually

LIMIT = text("SHOW statement_timeout")
HANGING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%AS hanging' AND pid <> pg_backend_pid()"
)


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


async def test_the_limit_is_one_of_a_transaction_and_costs_no_statement_more(hasty: Database) -> None:
    """Another client of a pooler may get the connection after any transaction: nothing may be left on it."""
    for block in (hasty.reading, hasty.transaction):
        async with block() as tx:
            connection = tx._connection
            await connection.execute(text("SELECT 1"))
            async with time_limit(connection, 5, "Wait."):
                assert (await connection.execute(LIMIT)).scalar_one() == "5s"
                raw: Any = (await connection.get_raw_connection()).driver_connection
                assert raw.is_in_transaction()
                await raw.execute("ROLLBACK")
                assert await raw.fetchval("SHOW statement_timeout") == "0"
                await raw.execute("BEGIN")
            assert (await connection.execute(LIMIT)).scalar_one() == "0"


@pytest.mark.parametrize(
    "problem",
    [InvalidPage(), ValueError("of the block"), asyncio.CancelledError()],
    ids=["not-found", "fault", "canceled"],
)
async def test_however_the_block_ends_its_transaction_does(hasty: Database, problem: BaseException) -> None:
    async def limited(connection: AsyncConnection) -> None:
        async with time_limit(connection, 5, "Wait."):
            await connection.execute(text("SELECT 1"))
            raise problem

    async with hasty.reading() as tx:
        with pytest.raises(type(problem)):
            await limited(tx._connection)
        raw: Any = (await tx._connection.get_raw_connection()).driver_connection
        assert not raw.is_in_transaction()
        assert (await tx._connection.execute(LIMIT)).scalar_one() == "0"


async def test_who_hangs_up_in_the_middle_leaves_the_connection_to_others_as_it_was(hasty: Database, db: Database) -> None:
    async def slow() -> None:
        async with hasty.reading() as tx, time_limit(tx._connection, 60, "Wait."):
            await tx._connection.execute(text("SELECT pg_sleep(30) AS hanging"))

    running = asyncio.create_task(slow())

    async def is_hanging() -> bool:
        async with db.reading() as tx:
            return bool((await tx._connection.execute(HANGING)).scalar_one())

    await eventually(is_hanging)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    async with hasty.reading() as tx:
        assert (await tx._connection.execute(LIMIT)).scalar_one() == "0"
        assert (await tx._connection.execute(text("SELECT pg_current_xact_id_if_assigned()"))).scalar_one() is None
        await tx.write_something()
    async with hasty.transaction() as tx:
        await tx.write_something()
