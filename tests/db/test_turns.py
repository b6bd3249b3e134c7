"""Who gets a connection, and who is told to come back, when there are more requests than connections."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_connection
from sqlalchemy.exc import DBAPIError

from jobsvc.db import connections
from jobsvc.db.database import Database
from jobsvc.db.turns import Turns
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable
from tests.db.statements import Statements
from tests.waiting import eventually


async def test_everybody_is_served_in_turn() -> None:
    turns, served, running = Turns(2), [], 0

    async def use(number: int) -> None:
        nonlocal running
        async with turns.turn():
            running += 1
            assert running <= 2
            served.append(number)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*map(use, range(50)))
    assert served == list(range(50))


async def test_who_waits_too_long_is_refused() -> None:
    turns = Turns(1, wait_seconds=0.05)
    async with turns.turn():
        begun = time.monotonic()
        with pytest.raises(DatabaseBusy, match="busy; try again"):
            async with turns.turn():
                pass
        assert 0.04 < time.monotonic() - begun < 2
    async with turns.turn():
        pass


async def test_who_goes_away_while_it_waits_leaves_nothing() -> None:
    turns = Turns(1)
    async with turns.turn():
        waiting = asyncio.create_task(_served(turns))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    async with asyncio.timeout(1), turns.turn():
        pass


async def _served(turns: Turns) -> None:
    async with turns.turn():
        pass


async def _backend(database: Database) -> int:
    async with database.reading() as tx:
        return int((await tx._connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_a_connection_that_the_database_closed_is_replaced(database_url: str) -> None:
    database, other = (Database.connect(database_url, pool_size=1) for _ in range(2))
    async with database.engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    first = await _backend(database)
    async with other.reading() as tx:
        await tx._connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    await eventually(driver.is_closed)
    assert await _backend(database) != first
    await asyncio.gather(database.close(), other.close())


async def test_a_connection_is_asked_only_after_it_lay_idle(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    database = Database.connect(database_url, pool_size=1)
    pings: list[float] = []
    await _backend(database)
    ping: Callable[[Any], None] = AsyncAdapt_asyncpg_connection.ping

    def counted(connection: Any) -> None:
        pings.append(time.monotonic())
        ping(connection)

    monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "ping", counted)
    await _backend(database)
    assert pings == []
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.0)
    await _backend(database)
    assert len(pings) == 1
    await database.close()


async def test_a_block_that_reads_costs_one_round_trip_a_statement(database_url: str) -> None:
    database = Database.connect(database_url, pool_size=1)
    await _backend(database)
    with Statements(database) as statements:
        await _backend(database)
    assert len(statements) == 1
    await database.close()


async def test_going_on_after_the_connection_was_lost_is_an_outage_as_well(database_url: str) -> None:
    database, other = (Database.connect(database_url, pool_size=1) for _ in range(2))
    first = await _backend(database)

    async def go_on() -> None:
        async with database.reading() as tx:
            async with other.reading() as killer:
                await killer._connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
            with pytest.raises(DBAPIError):
                await tx._connection.execute(text("SELECT 1"))
            await tx._connection.execute(text("SELECT 1"))

    with pytest.raises(DatabaseUnavailable):
        await go_on()
    await asyncio.gather(database.close(), other.close())
