"""The log store that needs nothing else: lines are rows of PostgreSQL."""

from collections.abc import AsyncIterator, Sequence

from jobsvc.db.database import Database
from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable
from jobsvc.ports.log_store import LogLine, LogQuery

PAGE = 2000
"""Lines read at a time."""


class PostgresLogStore:
    """Keeps lines in the table `log_line`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines; those that are there already stay as they are."""
        try:
            async with self._db.transaction() as tx:
                await tx.log_lines.append(execution_id, lines)
        except DatabaseUnavailable as problem:
            raise LogsUnavailable("The log store cannot be reached; try again.") from problem

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        """Pages of lines, each read in a transaction of its own so that a slow reader holds nothing."""
        after = query.after_order_num or 0
        left = query.limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            async with self._db.reading() as tx:
                lines = await tx.log_lines.page(query, after, size)
            if lines:
                yield lines
            if len(lines) < size:
                return
            after = lines[-1].order_num
            left = None if left is None else left - size

    async def close(self) -> None:
        """Nothing to give back: the database is its owner's."""
