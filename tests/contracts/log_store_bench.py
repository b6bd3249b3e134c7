"""Lines to store, and short ways to read them again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from jobsvc.domain.log_text import parse_log_text
from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LoggedExecution, LogLine, LogOrigin, LogQuery, LogSearch, LogStore, Position, SearchPosition

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
END = START + timedelta(hours=1)
Settled = Callable[[], Awaitable[None]]
NOBODY = "127.0.0.1:1"
"""An address where nobody listens."""
TICK = timedelta(microseconds=1)
"""The shortest time between two lines that a store has to tell apart."""


@dataclass(frozen=True)
class Log:
    """The log of one execution; its lines are a microsecond apart."""

    execution: LoggedExecution
    origin: LogOrigin

    def line(self, number: int, message: str | None = None, **members: Any) -> LogLine:
        """The line of that number."""
        text = f"line {number}" if message is None else message
        return replace(LogLine(START + number * TICK, number, Stream.STDOUT, text, self.origin), **members)

    def lines(self, *messages: str) -> list[LogLine]:
        """Lines from number 1 on."""
        return [self.line(number, message) for number, message in enumerate(messages, 1)]

    def count(self, first: int, last: int, **members: Any) -> list[LogLine]:
        """Lines of a range of numbers."""
        return [self.line(number, **members) for number in range(first, last + 1)]


class Bench:
    """A store, and what a test asks of it."""

    def __init__(self, store: LogStore) -> None:
        self.store = store

    async def write(self, log: Log, *lines: LogLine) -> None:
        """Append lines."""
        await self.store.append(log.execution.id, lines)

    async def pages(self, log: Log, **members: Any) -> list[list[LogLine]]:
        """What a query finds, page by page."""
        return [page async for page in self.store.read(LogQuery(log.execution, **members))]

    async def lines(self, log: Log, **members: Any) -> list[LogLine]:
        """What a query finds."""
        return [line for page in await self.pages(log, **members) for line in page]

    async def numbers(self, log: Log, **members: Any) -> list[int]:
        """The numbers of the lines that a query finds."""
        return [line.order_num for line in await self.lines(log, **members)]

    async def search(self, query: str, **members: Any) -> list[LogLine]:
        """Lines of any execution; within the hour of all tests, unless `members` say otherwise."""
        return await self.store.search(replace(LogSearch(START, END, parse_log_text(query)), **members))


class StoreTests:
    """What tests of a store are given; a subclass gives the fixture `store`."""

    @pytest.fixture
    def bench(self, store: LogStore) -> Bench:
        """The store, at hand."""
        return Bench(store)

    @pytest.fixture
    def word(self) -> str:
        """A word that no other test writes."""
        return f"w{uuid4().hex}"


def position(line: LogLine) -> Position:
    """Where a line stands in its log."""
    return Position(line.time, line.order_num)


def search_position(line: LogLine) -> SearchPosition:
    """Where a line stands among all."""
    return SearchPosition(line.time, line.origin.cluster_id, line.order_num)
