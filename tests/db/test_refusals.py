"""A database that says no for a while is away for a while; one that will say no again is not."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from jobsvc.db.database import Database
from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable, InvalidRequest
from jobsvc.domain.log_text import LogText
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, LogOrigin, LogSearch
from tests.refusing import CANCEL, administrator, read_only, refusing, terminate
from tests.waiting import eventually

OUTAGES = ["08006", "25006", "25P03", "25P04", "53000", "53100", "53300", "53400", "57P01", "57P02", "57P03", "57P05", "58030"]
BUSY = ["40001", "40P01", "53200", "55P03", "57014"]
LASTING = ["22003", "23505", "42501", "42P01", "54000", "P0001", "XX000"]
SEARCH = LogSearch(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), LogText(("x",)))
SLEEP = "SELECT pg_sleep(60)"


async def beat(db: Database) -> None:
    """Change something."""
    async with db.transaction() as tx:
        await tx.nodes.ensure("node-1", {})


async def kind_of_refusal(db: Database, database_url: str, sqlstate: str) -> type[Exception]:
    async with refusing(database_url, sqlstate, "node"):
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
            await beat(db)
    await beat(db)
    return caught.type


@pytest.mark.parametrize("sqlstate", OUTAGES)
async def test_an_outage(db: Database, database_url: str, sqlstate: str) -> None:
    assert await kind_of_refusal(db, database_url, sqlstate) is DatabaseUnavailable


@pytest.mark.parametrize("sqlstate", BUSY)
async def test_what_befalls_one_statement(db: Database, database_url: str, sqlstate: str) -> None:
    assert await kind_of_refusal(db, database_url, sqlstate) is DatabaseBusy


@pytest.mark.parametrize("sqlstate", LASTING)
async def test_what_will_come_again(db: Database, database_url: str, sqlstate: str) -> None:
    assert issubclass(await kind_of_refusal(db, database_url, sqlstate), DBAPIError)


async def test_a_value_that_cannot_be_sent_does_not_pass(db: Database) -> None:
    with pytest.raises(DBAPIError, match="int64"):
        async with db.transaction() as tx:
            await tx.claims.renew("worker", timedelta(minutes=1), [2**70])


async def test_a_server_that_hangs_up_within_a_statement(db: Database) -> None:
    # The moment between two of its messages is too short for a test to meet; `tests/whole` does, and the driver then says this.
    with pytest.raises(DatabaseUnavailable):
        async with db.reading():
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")


async def test_read_only_connections_are_given_up_when_that_is_over(db: Database, database_url: str) -> None:
    async with read_only(database_url):
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable, match="takes no changes"):
                await beat(db)
        # So that several connections are left which stay read-only.
        async with db.reading() as first, db.reading() as second:
            await first.scheduler.get()
            await second.scheduler.get()
    with pytest.raises(DatabaseUnavailable):
        await beat(db)
    for _ in range(5):
        await beat(db)


async def test_lines_are_copied_anew_on_a_connection_that_can_write(db: Database, database_url: str) -> None:
    line = LogLine(datetime.now(UTC), 1, Stream.STDOUT, "hello", LogOrigin("c", task=1))

    async def append() -> None:
        async with db.transaction() as tx:
            await tx.log_lines.append(1, [line])

    async with read_only(database_url):
        with pytest.raises(DatabaseUnavailable):
            await append()
        async with db.reading() as tx:
            await tx.scheduler.get()
    with pytest.raises(DatabaseUnavailable):
        await append()
    await append()


async def broken_off(db: Database, database_url: str, how: str) -> type[BaseException]:
    """What a statement that takes long says when the administrator breaks it off."""

    async def wait() -> None:
        with pytest.raises(DatabaseUnavailable) as caught:
            async with db.transaction() as tx:
                await tx._connection.execute(text(SLEEP))
        kinds.append(caught.type)

    kinds: list[type[BaseException]] = []
    waiting = asyncio.create_task(wait())
    async with administrator(database_url) as admin:

        async def is_over() -> bool:
            if await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query = $1", SLEEP):
                await admin.execute(how)
            return waiting.done()

        await eventually(is_over, 20)
    await waiting
    return kinds[0]


async def test_a_statement_that_is_canceled(db: Database, database_url: str) -> None:
    assert await broken_off(db, database_url, CANCEL) is DatabaseBusy


async def test_a_connection_that_is_terminated(db: Database, database_url: str) -> None:
    terminated = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'"
    assert await broken_off(db, database_url, terminated) is DatabaseUnavailable
    await beat(db)


async def idle(db: Database, database_url: str) -> None:
    async with administrator(database_url) as admin, db.transaction() as tx:
        pid = (await tx._connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()

        async def is_ended() -> bool:
            return not await admin.fetchval("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", pid)

        await tx._connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = '20ms'"))
        await eventually(is_ended)
        await tx.scheduler.get()


async def test_a_transaction_that_idles_for_too_long(db: Database, database_url: str) -> None:
    with pytest.raises(DatabaseUnavailable):
        await idle(db, database_url)
    await beat(db)


async def beat_impatiently(db: Database) -> None:
    async with db.transaction() as tx:
        await tx._connection.execute(text("SET LOCAL lock_timeout = '20ms'"))
        await tx.nodes.ensure("node-1", {})


async def test_a_lock_that_is_not_to_be_had(db: Database) -> None:
    await beat(db)
    async with db.transaction() as tx:
        await tx._connection.execute(text("SELECT FROM node FOR UPDATE"))
        with pytest.raises(DatabaseBusy):
            await beat_impatiently(db)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "wrong", "username": "stranger"},
        {"database": "nowhere"},
        {"host": "127.0.0.1", "port": 1, "query": {}},
    ],
)
async def test_who_cannot_connect_tries_again(database_url: str, change: dict[str, str]) -> None:
    database = Database.connect(make_url(database_url).set(**change).render_as_string(hide_password=False))  # type: ignore[arg-type]
    with pytest.raises(DatabaseUnavailable):
        await beat(database)
    await database.close()


async def test_a_database_that_lets_nobody_in(db: Database, database_url: str, server_url: str) -> None:
    name = make_url(database_url).database
    await beat(db)
    async with administrator(server_url) as admin:
        await admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        try:
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            with pytest.raises(DatabaseUnavailable):
                await beat(db)
        finally:
            await admin.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
    await beat(db)


async def test_a_search_that_is_canceled_is_not_called_too_long(db: Database, database_url: str) -> None:
    await terminate(database_url)
    async with db.transaction() as tx:
        await tx._connection.execute(text("LOCK TABLE log_line IN ACCESS EXCLUSIVE MODE"))

        async def search(at_most: timedelta) -> None:
            async with db.transaction() as other:
                await other.log_lines.search(SEARCH, at_most)

        with pytest.raises(InvalidRequest, match="too long"):
            await search(timedelta(milliseconds=100))
        searching = asyncio.create_task(search(timedelta(minutes=1)))
        async with administrator(database_url) as admin:

            async def is_over() -> bool:
                await admin.execute(CANCEL)
                return searching.done()

            await eventually(is_over, 20)
        with pytest.raises(DatabaseBusy):
            await searching
