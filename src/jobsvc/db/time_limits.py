"""A limit for statements whose cost depends on what is asked: they are broken off, and whoever asks learns what would help."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.db.refusals import sqlstate
from jobsvc.domain.errors import DatabaseBusy

BROKEN_OFF_STATE = "57014"
BROKEN_TRANSACTION_STATE = "25P02"


@asynccontextmanager
async def time_limit(connection: AsyncConnection, seconds: float, help_text: str) -> AsyncIterator[None]:
    """Break off each statement of the block that takes longer; 0: none.

    Raises:
        DatabaseBusy: One did; the text goes on with `help_text`.
    """
    if not seconds:
        yield
        return
    await connection.execute(text(f"SET statement_timeout = {round(seconds * 1000)}"))
    try:
        yield
    except DBAPIError as exc:
        if sqlstate(exc) != BROKEN_OFF_STATE:
            raise
        raise DatabaseBusy(f"This takes longer than the {seconds:g} seconds that a list may take. {help_text}") from exc
    finally:
        await _lift(connection)


async def _lift(connection: AsyncConnection) -> None:
    try:
        await connection.execute(text("RESET statement_timeout"))
    except DBAPIError as exc:
        # The end of a broken transaction takes the limit back; else nobody else may get this connection.
        if sqlstate(exc) != BROKEN_TRANSACTION_STATE:
            await connection.invalidate(exc)
