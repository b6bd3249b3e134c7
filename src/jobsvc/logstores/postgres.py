"""The log store that needs nothing else: lines are rows of PostgreSQL."""

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from jobsvc.db.database import Database
from jobsvc.db.log_lines import PAGE_BYTES
from jobsvc.domain.errors import DatabaseUnavailable, LogsUnavailable
from jobsvc.logstores.spans import spans
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogOrigin, LogQuery, LogSearch, Position

PAGE = 2000
"""Lines read at a time."""
LEAST_BYTES = PAGE_BYTES // 4
"""A page of fewer characters has fewer bytes than it may have, so it is short because there are no more lines."""
EXECUTIONS = 200
"""Executions that are named at a time."""
DELETE_BATCH = 20_000
"""Lines deleted in one transaction."""
SEARCH_TIME = timedelta(seconds=10)
"""How long a search may take."""


class PostgresLogStore:
    """Keeps lines in the table `log_line`."""

    name = "postgres"

    def __init__(self, database: Database, *, search_time: timedelta = SEARCH_TIME) -> None:
        self._db = database
        self._search_time = search_time

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines; those that are there already stay as they are."""
        with _available():
            async with self._db.transaction() as tx:
                await tx.log_lines.append(execution_id, lines)

    async def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        """Pages of lines, each read for itself, so that a slow reader holds nothing."""
        origin: LogOrigin | None = None
        after, left = query.after, query.limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            with _available():
                async with self._db.reading() as tx:
                    rows = await tx.log_lines.page(query, after, size)
            if not rows:
                return
            # Not before there are lines: who follows a log asks again and again while there are none.
            origin = origin or await self._origin(query)
            # One origin for all lines of a task: making it costs more than the line.
            origins = {task: replace(origin, task=task) for task in {row.task for row in rows}}
            yield [row.of(origins[row.task]) for row in rows]
            if len(rows) < size and sum(len(row.message) for row in rows) < LEAST_BYTES:
                return
            after = Position(rows[-1].time, rows[-1].order_num)
            left = None if left is None else left - len(rows)

    async def _origin(self, query: LogQuery) -> LogOrigin:
        with _available():
            async with self._db.reading() as tx:
                return await tx.log_lines.find_origin(query.execution.id) or LogOrigin(query.execution.cluster_id)

    async def search(self, search: LogSearch) -> list[LogLine]:
        """Lines of all executions, from one end of the time range on until there are enough.

        InvalidRequest when that takes too long.
        """
        deadline = time.monotonic() + self._search_time.total_seconds()
        result: list[LogLine] = []
        for started, ended in spans(search):
            part = replace(search, started=started, ended=ended, limit=search.limit - len(result))
            with _available():
                async with self._db.transaction() as tx:
                    result += await tx.log_lines.search(part, timedelta(seconds=deadline - time.monotonic()))
            if len(result) >= search.limit:
                break
        return result

    async def drop_days(self, before: datetime) -> bool:  # noqa: ARG002 - of other stores
        """Nothing: all days lie together."""
        return False

    async def logged_before(self, before: datetime) -> AsyncIterator[list[str]]:
        """Executions that have lines older than a time, by their ids."""
        after = 0
        while True:
            with _available():
                async with self._db.reading() as tx:
                    executions = await tx.log_lines.logged_before(before, after, EXECUTIONS)
            if executions:
                yield [name for _, name in executions]
            if len(executions) < EXECUTIONS:
                return
            after, _ = executions[-1]

    async def delete(self, executions: Sequence[LoggedExecution]) -> None:
        """Delete all lines of executions, some at a time."""
        ids, deleted = [execution.id for execution in executions], DELETE_BATCH
        while deleted == DELETE_BATCH:
            with _available():
                async with self._db.transaction() as tx:
                    deleted = await tx.log_lines.delete(ids, DELETE_BATCH)

    async def check(self) -> None:
        """Raise LogsUnavailable when the database does not answer."""
        with _available():
            await self._db.check()

    async def close(self) -> None:
        """Nothing to give back: the database is its owner's."""


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except DatabaseUnavailable as exc:
        raise LogsUnavailable(f"The log store cannot be reached: {exc.detail}") from exc
