"""A limit for statements whose cost depends on what is asked: they are broken off, and whoever asks learns what would help.

And none for what takes as long as it takes, whatever the role or the database has as its default.

The limit is one of a transaction, and never of a connection: a pooler may give that to somebody else after each transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc import metrics
from jobsvc.db.compiled import driver_of
from jobsvc.db.refusals import sqlstate
from jobsvc.domain.errors import DatabaseBusy

BROKEN_OFF_STATE = "57014"
LIFT_LIMITS = text("""
    SELECT set_config(name, '0', :is_local) FROM pg_settings
    WHERE name IN ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')
""")
"""`is_local`: for this transaction, else until RESET ALL. Not all versions of PostgreSQL have all of these limits."""


@asynccontextmanager
async def time_limit(connection: AsyncConnection, seconds: float, help_text: str) -> AsyncIterator[None]:
    """Break off each statement of the block, which only reads, when it takes longer; 0: none.

    Raises:
        DatabaseBusy: One did; the text goes on with `help_text`.
    """
    if not seconds:
        yield
        return
    driver, limit = driver_of(connection), f"SET LOCAL statement_timeout = {round(seconds * 1000)}"
    try:
        async with _within(connection, limit) if driver is None else _alone(connection, driver, limit):
            yield
    except (DBAPIError, asyncpg.PostgresError) as exc:
        if sqlstate(exc) != BROKEN_OFF_STATE:
            raise
        metrics.LISTS_REFUSED.inc()
        raise DatabaseBusy(f"This takes longer than the {seconds:g} seconds that a list may take. {help_text}") from exc


@asynccontextmanager
async def _within(connection: AsyncConnection, limit: str) -> AsyncIterator[None]:
    """In the transaction that there is; when it breaks, its end takes the limit back."""
    await connection.execute(text(limit))
    yield
    await connection.execute(text("SET LOCAL statement_timeout TO DEFAULT"))


@asynccontextmanager
async def _alone(connection: AsyncConnection, driver: Any, limit: str) -> AsyncIterator[None]:
    """In a transaction of the block's own, with no round trips beyond those of setting and lifting a limit."""
    try:
        await driver.execute(f"BEGIN READ ONLY; {limit}")
        try:
            yield
        finally:
            await driver.execute("COMMIT")
    except BaseException as exc:
        if driver.is_closed() or driver.is_in_transaction():
            # Nobody else may get this connection as it is.
            await connection.invalidate(exc)
        raise
