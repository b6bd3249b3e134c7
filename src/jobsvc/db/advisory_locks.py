"""Locks on what has no row, known by a text: held to the end of the transaction, but for those of a session.

Each purpose has names of its own, so that locks for different things never meet. Two names whose hashes are the same wait
for each other, which is slow and not wrong.
"""

from collections.abc import Collection

from sqlalchemy import Boolean, ColumnElement, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

MIGRATION = "migration"
"""The schema is brought up to date."""
RESTORE = "restore"
"""A backup comes into the database."""
TASK = "task"
"""What only one process does at a time (name: the task)."""
MAX_SCHEDULED = "max_scheduled"
"""The running jobs of a job type are counted (name: its id)."""
COUNTS = "counts"
"""Deltas are moved into the counts, or all is counted again (the database takes it by itself, in `fold_counts` and `recount`)."""

BULK_OPERATION = "bulk_operation"
"""A bulk operation is worked on, or stopped (name: its id)."""
RETENTION = "retention"
"""What may be purged is looked at, and purged, or it is said that something is held."""
_LOCK_ALL = text("""
    SELECT pg_advisory_xact_lock(key)
    FROM (SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest(CAST(:names AS text[])) AS n(name) ORDER BY 1) AS keys
""")


async def lock(connection: AsyncConnection, purpose: str, name: object = "") -> None:
    """Wait until no other transaction has this lock."""
    await connection.execute(select(func.pg_advisory_xact_lock(_key(purpose, name))))


async def lock_all(connection: AsyncConnection, purpose: str, names: Collection[object]) -> None:
    """Wait for several locks, always in the same sequence: two who want some of the same cannot wait for each other."""
    await connection.execute(_LOCK_ALL, {"names": [f"jobsvc.{purpose}:{name}" for name in names]})


async def try_lock(connection: AsyncConnection, purpose: str, name: object = "") -> bool:
    """Whether no other transaction has this lock, which is the caller's now."""
    return bool((await connection.execute(select(tried(purpose, name)))).scalar_one())


async def try_session_lock(connection: AsyncConnection, purpose: str, name: object = "") -> bool:
    """The same, held until it is released or the connection ends, whatever becomes of transactions."""
    return bool((await connection.execute(select(func.pg_try_advisory_lock(_key(purpose, name))))).scalar_one())


async def release_session_lock(connection: AsyncConnection, purpose: str, name: object = "") -> None:
    """Let go of it."""
    await connection.execute(select(func.pg_advisory_unlock(_key(purpose, name))))


def tried(purpose: str, name: object = "") -> ColumnElement[bool]:
    """The same as a condition of a query."""
    return func.pg_try_advisory_xact_lock(_key(purpose, name), type_=Boolean)


def _key(purpose: str, name: object) -> ColumnElement[int]:
    return func.hashtextextended(f"jobsvc.{purpose}:{name}", 0)
