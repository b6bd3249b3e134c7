"""Limits how much of what a job writes goes into its log; whatever the engine."""

from collections.abc import Sequence
from datetime import datetime

from jobsvc.domain.status import Stream
from jobsvc.ports.engine import LogSink


class LogBudget:
    """A log sink for all streams of one job, in front of that of its execution.

    Behind the first line that does not fit everything is counted and dropped, without delay for the job. A line of
    the log says so there, and a last one how much it was. What the engine itself has to say goes past this.
    """

    def __init__(self, logs: LogSink, most_bytes: int) -> None:
        """`most_bytes` is the sum of all lines, with one byte for the end of each."""
        self._logs = logs
        self._most_bytes = most_bytes
        self._used = 0
        self._dropped_lines = 0
        self._dropped_bytes = 0

    async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:
        """Pass on what fits."""
        size = sum(map(len, lines)) + len(lines)
        if not self._dropped_lines and self._used + size <= self._most_bytes:
            self._used += size
            await self._logs.write(stream, lines, at)
            return
        await self._write_part(stream, lines, at)

    async def close(self) -> None:
        """Say what is missing, if anything is."""
        if self._dropped_lines:
            await self._log_line(
                f"{self._dropped_lines} lines ({self._dropped_bytes} bytes) were dropped behind the limit of this log"
            )

    async def _write_part(self, stream: Stream, lines: Sequence[bytes], at: datetime | None) -> None:
        fitting = 0 if self._dropped_lines else self._count_fitting(lines)
        is_first = not self._dropped_lines
        rest = lines[fitting:]
        self._dropped_lines += len(rest)
        self._dropped_bytes += sum(map(len, rest)) + len(rest)
        if fitting:
            await self._logs.write(stream, lines[:fitting], at)
        if is_first:
            await self._log_line(
                f"the limit of {self._most_bytes} bytes for this log is reached; what follows is counted and dropped",
                at,
            )

    def _count_fitting(self, lines: Sequence[bytes]) -> int:
        for count, line in enumerate(lines):
            self._used += len(line) + 1
            if self._used > self._most_bytes:
                return count
        return len(lines)

    async def _log_line(self, sentence: str, at: datetime | None = None) -> None:
        await self._logs.write(Stream.STDERR, [f"jobsvc: {sentence}".encode()], at)
