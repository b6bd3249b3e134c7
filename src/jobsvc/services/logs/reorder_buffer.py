"""Whether lines that a store shows are complete up to the newest of them."""

from itertools import pairwise

from jobsvc.ports.log_store import LogLine


class ReorderBuffer:
    """Holds lines back that came too early.

    The service numbers the lines of an execution from 1 without a hole, and a store may show a line before the one
    that was stored before it. Numbers of collectors have holes by themselves: theirs are not waited for.
    """

    def __init__(self, execution_id: int, timeout: float) -> None:
        self._execution_id = execution_id
        self._timeout = timeout
        self._expected = 1
        self._waiting_since: float | None = None

    def begin(self, newest_first: list[LogLine], *, is_all: bool) -> LogLine | None:
        """The newest line below which nothing is missing among these; what comes after it is yet to be passed.

        None: nothing was stored, or the first line is missing. `is_all`: there are no others.
        """
        begin = newest_first[0] if newest_first else None
        for later, line in pairwise(newest_first):
            if self._is_numbered(later) and later.order_num > line.order_num + 1:
                begin = line
        if is_all and newest_first and self._is_numbered(newest_first[-1]) and newest_first[-1].order_num > 1:
            begin = None
        self._expected = begin.order_num + 1 if begin is not None else 1
        return begin

    def passed(self, lines: list[LogLine], now: float) -> list[LogLine]:
        """The lines up to the first hole; all of them when it was waited for long enough. `now` is in seconds."""
        for at, line in enumerate(lines):
            if self._is_numbered(line):
                if line.order_num > self._expected and self._waits(now, is_first=at == 0):
                    return lines[:at]
                self._expected, self._waiting_since = line.order_num + 1, None
        return lines

    def _waits(self, now: float, *, is_first: bool) -> bool:
        """Whether to wait for what is missing before a line; not when that line has been the first for long enough."""
        if self._waiting_since is None or not is_first:
            self._waiting_since = now
        return now - self._waiting_since < self._timeout

    def _is_numbered(self, line: LogLine) -> bool:
        """Whether the service itself wrote the line: its tasks are executions."""
        return line.origin.task == self._execution_id
