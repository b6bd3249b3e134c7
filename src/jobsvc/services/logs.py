"""Logs of executions, as readers see them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from jobsvc.db.database import Database
from jobsvc.domain.errors import NotFound
from jobsvc.ports.log_store import LogLine, LogQuery, LogStore


@dataclass(frozen=True)
class OpenLog:
    """A log whose first page has been read: `first` is empty when nothing matches."""

    first: list[LogLine]
    rest: AsyncIterator[list[LogLine]]


class LogService:
    """Use cases around logs."""

    def __init__(self, database: Database, store: LogStore) -> None:
        self._db = database
        self._store = store

    async def open(self, query: LogQuery) -> OpenLog:
        """The lines that match, page by page; raises NotFound for an unknown execution, LogsUnavailable."""
        async with self._db.reading() as tx:
            if await tx.executions.columns(query.execution_id) is None:
                raise NotFound("Execution", query.execution_id)
        pages = self._store.read(query)
        return OpenLog(await anext(pages, []), pages)
