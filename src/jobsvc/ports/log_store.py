"""The log-store port: where the lines of executions live."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from jobsvc.domain.status import Stream


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an execution (fields as documents 001 and 003 name them: `scale_order_num`, `scale_task`, ...)."""

    time: datetime
    order_num: int
    stream: Stream
    message: str
    cluster_id: str
    task: int
    node: str


@dataclass(frozen=True, slots=True)
class LogQuery:
    """Which lines of one execution: of one stream or (None) both, not before `started`, at most `limit`, after a number."""

    execution_id: int
    stream: Stream | None = None
    started: datetime | None = None
    limit: int | None = None
    after_order_num: int | None = None


class LogStore(Protocol):
    """Keeps lines; raises LogsUnavailable when it cannot be reached."""

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines. Storing the same lines once more changes nothing, so that a failed call can be repeated."""

    def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        """The lines by time and number, in pages, so that memory stays flat however long the log is."""

    async def close(self) -> None:
        """Give back connections."""
