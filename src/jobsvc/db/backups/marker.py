"""The table that marks a database from before the first row of a restore to after the last: nobody may use a half."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from jobsvc.domain.backups import BackupProblem
from jobsvc.domain.errors import DatabaseUnavailable

IS_MARKED = text("SELECT to_regclass('unfinished_restore') IS NOT NULL")


async def require_whole(connection: AsyncConnection) -> None:
    """See that no restore is under way, or was broken off.

    Raises:
        DatabaseUnavailable: One is.
    """
    if await connection.scalar(IS_MARKED):
        raise DatabaseUnavailable(
            "A restore into this database has not come to its end: wait for it, or if it was broken off, "
            "run the same `jobsvc restore` again."
        )


@contextmanager
def refusals() -> Iterator[None]:
    """Say in a sentence what the database refuses, be it for lack of rights or of room.

    Raises:
        BackupProblem: It does.
    """
    try:
        yield
    except DBAPIError as exc:
        raise BackupProblem(f"The database refuses: {str(exc.orig).rpartition('>: ')[2]}.") from exc
