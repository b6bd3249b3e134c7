"""Reads a part of a spool from its beginning to its end, a window at a time, so that memory stays flat."""

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import structlog

from jobsvc.domain.status import Stream
from jobsvc.ports.log_store import LogLine
from jobsvc.worker.spool_records import SpoolDamaged, SpoolHead, read_lines

log = structlog.get_logger(__name__)
WINDOW_BYTES = 2**20
"""How much is read at a time; the last record may go beyond by its own length, little more than the same again."""
DAMAGED = "jobsvc: lines are missing here: what the worker had kept of them cannot be read"


class SpoolReader:
    """Knows how far it has read; `position` is in bytes."""

    def __init__(self, open_part: Callable[[], BinaryIO], begin: int = 0) -> None:
        """`begin`: where to go on, behind a record."""
        self.position = begin
        self.head: SpoolHead | None = None
        self._open = open_part
        self._last: LogLine | None = None

    def read(self, end: int) -> list[LogLine]:
        """The next lines before `end`, where a record ends; none when all were read. Blocks. OSError.

        The rest of a part that is damaged is passed over: a line says so in its place, and the worker's log.
        """
        lines: list[LogLine] = []
        try:
            self._read(lines, end)
        except (FileNotFoundError, SpoolDamaged) as exc:
            log.error("spool.damaged", problem=str(exc), bytes=end - self.position)  # noqa: TRY400
            self.position = end
            lines += self._mark(lines)
        self._last = lines[-1] if lines else self._last
        return lines

    def _read(self, lines: list[LogLine], end: int) -> None:
        with self._open() as file:
            self.head = SpoolHead.read(file)
            self.position = max(self.position, file.tell())
            file.seek(self.position)
            stop = min(end, self.position + WINDOW_BYTES)
            while self.position < stop:
                lines += read_lines(file, end, self.head.origin)
                self.position = file.tell()

    def _mark(self, lines: list[LogLine]) -> list[LogLine]:
        last = lines[-1] if lines else self._last
        if last is None:
            return []
        return [replace(last, order_num=last.order_num + 1, stream=Stream.STDERR, message=DAMAGED)]
