"""A database that says no for a while: a real PostgreSQL with settings, cancels and triggers of the tests."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import asyncpg
from sqlalchemy.engine import make_url

from jobsvc.db.tables import Base

Refusals = Callable[[], Awaitable[int]]
SAY_NO = """
    CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN {body} RETURN NULL; END $$
"""
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
CANCEL = """SELECT pg_cancel_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()"""


@asynccontextmanager
async def administrator(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may write whatever the database's defaults are."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url, server_settings={"default_transaction_read_only": "off"})
    try:
        yield connection
    finally:
        await connection.close()


async def terminate(database_url: str) -> None:
    """End all connections to the database."""
    async with administrator(database_url) as admin:
        await admin.execute(TERMINATE)


@asynccontextmanager
async def read_only(database_url: str) -> AsyncIterator[None]:
    """A database that takes no changes, on connections that stay like that: what a failover leaves behind."""
    async with administrator(database_url) as admin:
        name = await admin.fetchval("SELECT current_database()")
        await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await admin.execute(TERMINATE)
        try:
            yield
        finally:
            await admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")


@asynccontextmanager
async def refusing(database_url: str, sqlstate: str, *tables: str) -> AsyncIterator[Refusals]:
    """Every change of some tables, or of all, is refused with this SQLSTATE; gives how many were so far."""
    chosen = tables or tuple(sorted(Base.metadata.tables))
    async with administrator(database_url) as admin:
        await admin.execute("CREATE SEQUENCE refusals MINVALUE 0")  # what is rolled back counts, too
        refuse = f"PERFORM nextval('refusals'); RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}';"
        await admin.execute(SAY_NO.format(body=refuse))
        for table in chosen:
            await admin.execute(
                f"CREATE TRIGGER refuse BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
            )
        try:
            yield partial(admin.fetchval, "SELECT last_value FROM refusals")
        finally:
            await admin.execute(SAY_NO.format(body=""))
            await admin.execute("DROP FUNCTION refuse() CASCADE")
            await admin.execute("DROP SEQUENCE refusals")


@asynccontextmanager
async def breaking_off(database_url: str, table: str, *, rows: int) -> AsyncIterator[None]:
    """Changes of more rows of a table than these are broken off, as if they took too long."""
    too_long = f"IF (SELECT count(*) FROM changed) > {rows} THEN RAISE query_canceled; END IF;"  # noqa: S608
    async with administrator(database_url) as admin:
        await admin.execute(SAY_NO.format(body=too_long))
        await admin.execute(
            f"CREATE TRIGGER refuse AFTER UPDATE ON {table} REFERENCING NEW TABLE AS changed "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            await admin.execute("DROP FUNCTION refuse() CASCADE")


@asynccontextmanager
async def canceling(database_url: str, seconds: float = 0.005) -> AsyncIterator[None]:
    """Somebody cancels every statement of the database that takes longer than a moment."""
    async with administrator(database_url) as admin:

        async def go_on() -> None:
            while True:
                await admin.execute(CANCEL)
                await asyncio.sleep(seconds)

        storm = asyncio.create_task(go_on())
        try:
            yield
        finally:
            storm.cancel()
            await asyncio.gather(storm, return_exceptions=True)
