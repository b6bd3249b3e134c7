"""What subscribers of a log receive, and how each of them gets it."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine, Position
from jobsvc.services.logs.service import position_of

MOST_LINES = 10_000
MOST_CHARACTERS = 8 * 2**20
"""What waits for one follower at most; one who is slower than that loses lines, so that memory stays flat."""


class Lines:
    """New lines, in sequence, at least one. All followers share them, and what is made of them."""

    def __init__(self, lines: list[LogLine]) -> None:
        self.lines = lines
        self.characters = sum(len(line.message) for line in lines)
        self._of_stream: dict[Stream, Lines | None] = {}
        self._rendered: bytes | None = None

    @property
    def last(self) -> Position:
        """Where the last of them stands."""
        return position_of(self.lines[-1])

    def of(self, stream: Stream | None) -> "Lines | None":
        """Those of one stream, None when there are none; of both streams all."""
        if stream is None:
            return self
        if stream not in self._of_stream:
            self._of_stream[stream] = lines_of([line for line in self.lines if line.stream is stream])
        return self._of_stream[stream]

    def after(self, position: Position | None) -> "Lines | None":
        """Those behind a position."""
        if position is None or position_of(self.lines[0]) > position:
            return self
        return lines_of([line for line in self.lines if position_of(line) > position])

    def rendered(self, render: Callable[[list[LogLine]], bytes]) -> bytes:
        """What `render` makes of them: once, however many followers there are."""
        if self._rendered is None:
            self._rendered = render(self.lines)
        return self._rendered


def lines_of(lines: list[LogLine]) -> Lines | None:
    """The lines, or None when there are none."""
    return Lines(lines) if lines else None


@dataclass(frozen=True)
class Gap:
    """So many lines that the follower was too slow for: those behind `after` (None: the first), up to and with `until`."""

    after: Position | None
    until: Position
    lines: int


@dataclass(frozen=True)
class Unavailable:
    """The log store cannot be reached; it is asked again and again."""

    detail: str


@dataclass(frozen=True)
class Ended:
    """The execution is final and all of its lines were told; `is_whole` False: but for some that a worker may still have."""

    status: str
    exit_code: int | None
    is_whole: bool = True


@dataclass(frozen=True)
class Closed:
    """The service stops, or failed; following can be started again."""


@dataclass(frozen=True)
class KeepAlive:
    """Nothing happened for a while."""


LogEvent = Lines | Gap | Unavailable | Ended | Closed | KeepAlive


class Subscriber:
    """One who follows: what is yet to be told to it.

    `reached`: the position up to which everything was told, or waits to be.
    """

    def __init__(self, stream: Stream | None, after: Position | None) -> None:
        self.stream = stream
        self.reached = after
        self._delivered = after
        self._waiting: deque[LogEvent] = deque()
        self._lines = self._characters = 0
        self._gap: Gap | None = None
        self._news = asyncio.Event()

    def publish(self, event: LogEvent) -> None:
        """Tell something, at once and without waiting for anybody."""
        if isinstance(event, Lines):
            self._put_lines(event)
        elif not (isinstance(event, Unavailable) and self._waiting and isinstance(self._waiting[-1], Unavailable)):
            self._waiting.append(event)
        self._news.set()

    async def next(self, timeout: float) -> LogEvent:  # noqa: ASYNC109 - silence is an answer, not a failure
        """What comes next; Silence after so many seconds without anything."""
        try:
            async with asyncio.timeout(timeout):
                await self._news.wait()
        except TimeoutError:
            return KeepAlive()
        gap, self._gap = self._gap, None
        event = gap or (self._waiting.popleft() if self._waiting else KeepAlive())
        self._account(event)
        if not self._waiting:
            self._news.clear()
        return event

    def acknowledge(self, position: Position) -> None:
        """Everything up to a position was told in another way."""
        self.reached = self._delivered = position

    def _put_lines(self, arrived: Lines) -> None:
        behind = arrived.after(self.reached)
        chunk = behind.of(self.stream) if behind is not None else None
        self.reached = max(arrived.last, self.reached or arrived.last)
        if chunk is None:
            return
        self._lines += len(chunk.lines)
        self._characters += chunk.characters
        self._waiting.append(chunk)
        is_full = self._lines > MOST_LINES or (self._characters > MOST_CHARACTERS and len(self._waiting) > 1)
        if is_full or self._gap is not None:
            self._drop(chunk.last)

    def _drop(self, until: Position) -> None:
        """Let go of all lines that wait; the follower can fetch them."""
        before = self._gap.lines if self._gap is not None else 0
        self._gap = Gap(self._delivered, until, before + self._lines)
        self._waiting = deque(item for item in self._waiting if not isinstance(item, Lines))
        self._lines = self._characters = 0

    def _account(self, event: LogEvent) -> None:
        if isinstance(event, Lines):
            self._lines -= len(event.lines)
            self._characters -= event.characters
            self._delivered = event.last
        elif isinstance(event, Gap):
            self._delivered = event.until
