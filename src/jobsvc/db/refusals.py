"""Which errors of PostgreSQL pass: it cannot be reached, or says no to what it will say yes to later.

The only place that knows. Whoever opens a transaction gets them as DatabaseUnavailable, and waits or has its caller wait.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from jobsvc.domain.errors import DatabaseBusy, DatabaseUnavailable

UNREACHABLE = "The database cannot be reached; try again."
READ_ONLY = "The database takes no changes at present; try again."
BROKEN_OFF = "The database broke off what was asked of it; try again."
OUTAGES = {
    "08": UNREACHABLE,
    "25006": READ_ONLY,
    "25P03": UNREACHABLE,  # it hung up: the transaction was idle for too long
    "25P04": UNREACHABLE,  # it hung up: the transaction took too long
    "53100": "The disk of the database is full; try again when there is room.",
    "53300": "The database has no connection left; try again.",
    "53": "The database is short of resources; try again.",
    "57P": UNREACHABLE,  # it stops, crashed or starts
    "58": "The database cannot use its files at present; try again.",
}
"""What is said, by the beginning of the SQLSTATE; the longest that fits counts. Nothing else would be answered either."""
BUSY = {
    "40001": BROKEN_OFF,  # serialization failure
    "40P01": BROKEN_OFF,  # deadlock
    "53200": "The database is short of memory; try again.",
    "55P03": BROKEN_OFF,  # a lock was not to be had in time
    "57014": BROKEN_OFF,  # canceled, by somebody or for its time
}
"""The same for what befell one statement alone: another one, or a smaller one, may do."""
FAULTS_OF_VALUES = ("22", "23", "54")
"""Data that cannot be stored, break a constraint, or are too large: no database would ever take them."""
READ_ONLY_STATE = "25006"
FILE_WRITER = "md.c"
"""The part of PostgreSQL that says `internal error` when a quota, or a limit of file sizes, keeps it from writing."""
UNCONNECTED = (ConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The last one is what the driver says when the server has hung up between two steps of one statement."""


@contextmanager
def unavailable(*, insisting: bool = False) -> Iterator[None]:
    """Turn errors that pass into DatabaseUnavailable; others stay what they are.

    `insisting`: only those stay that are the fault of what is written, for whatever else is wrong may be put right.
    """
    try:
        yield
    except PoolTimeout as exc:
        raise DatabaseBusy("All database connections are busy; try again later.") from exc
    except BrokenPipeError:
        # Of whoever reads what the block writes: the driver says it in its own words.
        raise
    except PendingRollbackError as exc:
        # An earlier statement of the block has lost the connection, and whoever asked it went on.
        raise DatabaseUnavailable(UNREACHABLE) from exc
    except (DBAPIError, asyncpg.PostgresError, *UNCONNECTED) as exc:
        passing = as_unavailable(exc)
        if passing is None and insisting and sqlstate(exc) and not sqlstate(exc).startswith(FAULTS_OF_VALUES):
            passing = DatabaseUnavailable(f"The database rejects the write: {sqlstate(exc)}.")
        if passing is None:
            raise
        raise passing from exc


@contextmanager
def connecting() -> Iterator[None]:
    """Whatever keeps a connection from being made passes: roles, passwords and databases come back, too."""
    try:
        yield
    except PoolTimeout:
        raise
    except (DBAPIError, asyncpg.PostgresError, OSError, *UNCONNECTED) as exc:
        raise as_unavailable(exc) or DatabaseUnavailable(UNREACHABLE) from exc


def as_unavailable(problem: BaseException) -> DatabaseUnavailable | None:
    """What to raise in place of an error that passes; None for one that will come again."""
    if isinstance(problem, DBAPIError) and problem.connection_invalidated and sqlstate(problem) != READ_ONLY_STATE:
        return DatabaseUnavailable(UNREACHABLE)
    cause: BaseException | None = problem
    while cause is not None:
        # The driver's word for a value that it cannot send is an InterfaceError, too.
        if isinstance(cause, UNCONNECTED) and not isinstance(cause, ValueError):
            return DatabaseUnavailable(UNREACHABLE)
        if isinstance(cause, asyncpg.PostgresError):
            return _refused(cause)
        cause = cause.__cause__
    return None


def sqlstate(problem: BaseException | None) -> str:
    """The SQLSTATE of an error, or of its cause; empty when PostgreSQL said none."""
    while problem is not None and not isinstance(problem, asyncpg.PostgresError):
        problem = problem.__cause__
    return problem.sqlstate or "" if problem is not None else ""


def _refused(problem: asyncpg.PostgresError) -> DatabaseUnavailable | None:
    state = problem.sqlstate or ""
    if state in BUSY:
        return DatabaseBusy(BUSY[state])
    if state == "XX000" and getattr(problem, "server_source_filename", None) == FILE_WRITER:
        state = "58"
    fitting = max((outage for outage in OUTAGES if state.startswith(outage)), key=len, default=None)
    return None if fitting is None else DatabaseUnavailable(OUTAGES[fitting])
