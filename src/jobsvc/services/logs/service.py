"""Logs of executions, as readers see them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from jobsvc.db.database import Database
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogQuery, LogSearch, LogStore, Position

PAGE_CHARACTERS = 8 * 2**20
"""A page that is held in memory ends early when its lines are as long as this together."""


async def _no_pages() -> AsyncIterator[list[LogLine]]:
    nothing: tuple[list[LogLine], ...] = ()
    for page in nothing:
        yield page


@dataclass(frozen=True)
class LogPage:
    """A log whose first page has been read: `first` is empty when nothing matches.

    `is_whole`: every line that matches is in it, and none is known to be on its way from a worker. `next`: after which line
    it goes on, when it was cut into pages.
    """

    first: list[LogLine]
    rest: AsyncIterator[list[LogLine]] = field(default_factory=_no_pages)
    is_whole: bool = True
    next: Position | None = None


class LogService:
    """Use cases around logs."""

    def __init__(self, database: Database, store: LogStore) -> None:
        self._db = database
        self._store = store

    async def execution(self, execution_id: int) -> LoggedExecution:
        """What a query names the execution by.

        Raises:
            NotFound: There is none.
        """
        async with self._db.reading() as tx:
            result = await tx.executions.columns(execution_id)
        started = result.started or result.created
        return LoggedExecution(result.id, result.cluster_id, started, result.ended, result.log_lines)

    async def select(self, query: LogQuery, *, tail: int | None = None, page_size: int | None = None) -> LogPage:
        """All lines that match, or the last `tail` of them, or a page.

        Raises:
            LogsUnavailable: The log store is away.
        """
        if tail is not None:
            return await self.tail(query, tail)
        return await (self.open(query) if page_size is None else self.page(query, page_size))

    async def open(self, query: LogQuery) -> LogPage:
        """The lines that match, page by page.

        Raises:
            LogsUnavailable: Also when a later page cannot be read.
        """
        is_whole = await self._is_whole(query)
        pages = self._store.read(query)
        return LogPage(await anext(pages, []), pages, is_whole)

    async def tail(self, query: LogQuery, count: int) -> LogPage:
        """The last `count` lines in the query's sequence.

        They are looked for from the end and then read from where they begin, so that memory stays flat; what was one page is not
        read again.
        """
        is_whole = await self._is_whole(query)
        last, number, pages, lines = None, 0, 0, list[LogLine]()
        async for lines in self._store.read(replace(query, newest_first=True, limit=count + 1)):
            last, number, pages = position_of(lines[-1]), number + len(lines), pages + 1
        if number <= count and pages <= 1:
            return LogPage(lines if query.newest_first else lines[::-1], is_whole=is_whole)
        if number <= count:
            return await self.open(query)
        begins = query.after if query.newest_first else last
        return replace(await self.open(replace(query, after=begins, limit=count)), is_whole=False)

    async def page(self, query: LogQuery, size: int) -> LogPage:
        """At most `size` of the lines, fewer when they are long, and where to go on."""
        kept: list[LogLine] = []
        room = PAGE_CHARACTERS
        is_whole = await self._is_whole(query)
        async for lines in self._store.read(replace(query, limit=size + 1)):
            for line in lines:
                if kept and (len(kept) == size or room <= 0):
                    return LogPage(kept, is_whole=False, next=position_of(kept[-1]))
                kept.append(line)
                room -= len(line.message)
        return LogPage(kept, is_whole=is_whole)

    async def _is_whole(self, query: LogQuery) -> bool:
        """Whether nothing that a query can find is left out or still on its way; asked before lines are read."""
        execution = query.execution
        if query.after is not None or not execution.lines:
            return query.after is None
        newest = LogQuery(execution, newest_first=True, limit=1)
        return any([has_all(execution, position_of(line)) async for page in self._store.read(newest) for line in page])

    async def search(self, search: LogSearch) -> tuple[list[LogLine], bool]:
        """A page of lines of all executions, and whether more follow."""
        match = await self._store.search(replace(search, limit=search.limit + 1))
        return match[: search.limit], len(match) > search.limit


def has_all(execution: LoggedExecution, newest: Position | None) -> bool:
    """Whether a log has the last line that the execution's worker wrote, as far as its number is known."""
    return not execution.lines or (newest is not None and newest.order_num >= execution.lines)


def position_of(line: LogLine) -> Position:
    """Where a line stands."""
    return Position(line.time, line.order_num)
