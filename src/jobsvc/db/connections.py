"""Connections of the pool: which ones are taken, and when they are given up."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import ConnectionPoolEntry

from jobsvc.db.refusals import READ_ONLY_STATE, sqlstate

IDLE_SECONDS = 10.0
"""After which a connection may have died without a word: a network between the two may forget it."""
_USED = "used"


def require_open(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Take no connection that the database has closed, which the driver notices by itself, and ask one that lay idle for long.

    To ask each time would be three more round trips for every request. One that is still within a transaction is not taken
    either, or whose driver thinks so: its ROLLBACK was broken off itself, and nobody rolls back twice, or its BEGIN.

    Raises:
        DisconnectionError: The pool makes another connection then.
    """
    driver = connection.driver_connection
    if driver.is_closed():
        raise DisconnectionError("The database has closed the connection.")
    # The driver says by no public name that it waits for the end of a transaction that never began.
    if driver.is_in_transaction() or getattr(driver, "_top_xact", None) is not None:
        raise DisconnectionError("The connection is within a transaction of somebody who has let go of it.")
    if time.monotonic() - record.info.get(_USED, time.monotonic()) < IDLE_SECONDS:
        return
    try:
        connection.ping()
    except Exception as exc:
        raise DisconnectionError("The connection is dead.") from exc


def note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    """Remember when a connection was used last."""
    record.info[_USED] = time.monotonic()


def give_up_read_only(context: ExceptionContext) -> None:
    """Connect again, with all connections of the pool: they may lead to what was the primary server, or be read-only for good."""
    if sqlstate(context.original_exception) == READ_ONLY_STATE:
        context.is_disconnect = True


@asynccontextmanager
async def renewed(connection: AsyncConnection) -> AsyncIterator[None]:
    """The same for what the driver does by itself, as COPY: of that the engine learns nothing."""
    try:
        yield
    except Exception as exc:
        if sqlstate(exc) == READ_ONLY_STATE:
            await connection.invalidate(exc)
        raise
