"""The log-store port: where the lines of executions live."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from jobsvc.domain.ids import MAX_ID
from jobsvc.domain.log_text import LogText
from jobsvc.domain.status import Stream

UNNAMED = "scale_"
"""With its id, the name of an execution that has none of its own."""


@dataclass(frozen=True, slots=True)
class LogOrigin:
    """The execution that lines come from (`scale_job_exe`, ... of docs/spec/services/v6-execution-log.md).

    What a foreign collector did not write is None; `task` is the id of the execution where jobsvc wrote the lines.
    """

    cluster_id: str
    task: int | None = None
    node: str | None = None
    job_id: int | None = None
    exe_num: int | None = None
    job_type: str | None = None
    job_type_version: str | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of an execution, without its line end. The message is Unicode that UTF-8 can write, without NUL."""

    time: datetime
    order_num: int
    stream: Stream
    message: str
    origin: LogOrigin


class Position(NamedTuple):
    """Where a line stands in its log: lines are ordered by time, then number."""

    time: datetime
    order_num: int


@dataclass(frozen=True)
class LoggedExecution:
    """The execution whose lines are asked for, and the time span in which they can lie (`ended` None: still open).

    `lines`: how many its worker wrote, the number of the last one; None while it runs, and where nobody knows.
    """

    id: int
    cluster_id: str
    started: datetime
    ended: datetime | None = None
    lines: int | None = None

    @property
    def name(self) -> str:
        """What its lines are known by."""
        return self.cluster_id or f"{UNNAMED}{self.id}"


def execution_id_of(name: str) -> int | None:
    """The id of an execution that has no name of its own; None for one that has."""
    number = name.removeprefix(UNNAMED)
    return int(number) if number != name and number.isascii() and number.isdigit() and int(number) <= MAX_ID else None


@dataclass(frozen=True)
class LogQuery:
    """Which lines of one execution, in which sequence.

    Of one stream or (None) both; `started` and `ended` are inclusive; `after` is exclusive and follows the sequence;
    at most `limit` lines.
    """

    execution: LoggedExecution
    stream: Stream | None = None
    started: datetime | None = None
    ended: datetime | None = None
    text: LogText | None = None
    after: Position | None = None
    newest_first: bool = False
    limit: int | None = None


class SearchPosition(NamedTuple):
    """Where a line stands among the lines of all executions."""

    time: datetime
    cluster_id: str
    order_num: int


@dataclass(frozen=True)
class LogSearch:
    """Which lines of any execution: those of a time range, both ends inclusive, that match a text."""

    started: datetime
    ended: datetime
    text: LogText
    job_type_names: frozenset[str] | None = None
    stream: Stream | None = None
    after: SearchPosition | None = None
    newest_first: bool = False
    limit: int = 100


class LogStore(Protocol):
    """Keeps lines; raises LogsUnavailable, with the reason in one line, when it cannot be reached."""

    name: str
    """What the store is called."""

    async def append(self, execution_id: int, lines: Sequence[LogLine]) -> None:
        """Store lines. Storing the same lines once more changes nothing, so that a failed call can be repeated.

        Whoever reads a running execution may see them somewhat later, but none before those that were stored earlier.
        """

    def read(self, query: LogQuery) -> AsyncIterator[list[LogLine]]:
        """The lines in pages, so that memory stays flat however long the log is. Ends at the last line stored by then."""

    async def search(self, search: LogSearch) -> list[LogLine]:
        """One page of lines of all executions that are known to this service or were written by a collector.

        Raises:
            InvalidRequest: That takes too long.
        """

    async def drop_days(self, before: datetime) -> bool:
        """Let go of all lines of whole days older than a time, where days lie apart; whether they do."""

    def logged_before(self, before: datetime) -> AsyncIterator[list[str]]:
        """The names of executions that have lines older than a time, some at a time; they may be deleted meanwhile."""

    async def delete(self, executions: Sequence[LoggedExecution]) -> None:
        """Let go of all lines of executions that have ended; what is gone already is fine."""

    async def check(self) -> None:
        """Ask whether lines can be read.

        Raises:
            LogsUnavailable: The log store is away.
        """

    async def close(self) -> None:
        """Close connections."""
