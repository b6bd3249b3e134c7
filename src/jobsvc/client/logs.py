"""Logs of executions, read once or followed as they grow."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobsvc.client.jobs import FINAL, POLL_SECONDS, Jobs
from jobsvc.client.models import Execution, LogLine, Stream

if TYPE_CHECKING:
    from jobsvc.client.transport import Transport


@dataclass(frozen=True)
class Look:
    """What one look at a followed job gave: the job's status, the attempt that is read (None: still queued), new lines."""

    status: str
    execution: Execution | None = None
    lines: list[LogLine] = field(default_factory=list)


class Logs:
    """`/v6/job-executions/…/logs/`."""

    def __init__(self, http: "Transport", jobs: Jobs) -> None:
        self._http = http
        self._jobs = jobs

    def lines(self, execution_id: int, stream: Stream = "combined") -> Iterator[LogLine]:
        """The lines that an execution has so far, by time and number."""
        log = _Reader(self._http, execution_id, stream)
        while new := log.read():
            yield from new

    def follow(
        self, job_id: int, stream: Stream = "combined", exe_num: int | None = None, interval: float = POLL_SECONDS
    ) -> Iterator[Look]:
        """Look every `interval` seconds: from the latest execution on through all retries, until the job is final.

        With `exe_num` only at that attempt, until it is final. A job that waits is waited for.
        """
        after = exe_num - 1 if exe_num is not None else max(self._latest(job_id) - 1, 0)
        while True:
            # The job before its executions: what is final now will not get another one later.
            status = self._jobs.get(job_id)["status"]
            execution = self._first_after(job_id, after)
            if execution is not None:
                yield from self._follow_one(job_id, execution, stream, interval)
                after = execution["exe_num"]
            elif status not in FINAL:
                yield Look(status)
                time.sleep(interval)
            if (execution is None and status in FINAL) or after == exe_num:
                return

    def _follow_one(self, job_id: int, execution: Execution, stream: Stream, interval: float) -> Iterator[Look]:
        log = _Reader(self._http, execution["id"], stream)
        while True:
            # The status before the lines: once it is final, all lines are there.
            execution = self._jobs.execution(job_id, execution["exe_num"])
            new = log.read()
            yield Look(execution["status"], execution, new)
            if execution["status"] in FINAL and not new:
                return
            if not new:
                time.sleep(interval)

    def _latest(self, job_id: int) -> int:
        return next((each["exe_num"] for each in self._jobs.executions(job_id)), 0)

    def _first_after(self, job_id: int, exe_num: int) -> Execution | None:
        later = (each for each in self._jobs.executions(job_id) if each["exe_num"] > exe_num)
        return min(later, key=lambda each: each["exe_num"], default=None)


class _Reader:
    """Reads one log on from where it stopped."""

    def __init__(self, http: "Transport", execution_id: int, stream: Stream) -> None:
        self._http = http
        self._path = f"v6/job-executions/{execution_id}/logs/{stream}/"
        self._since: str | None = None
        self._seen: set[int] = set()

    def read(self) -> list[LogLine]:
        """The lines that were not read before. `started` is inclusive, so lines of the last instant come again."""
        found: list[LogLine] = self._http.get(self._path, {"started": self._since, "format": "json"}) or []
        new = [line for line in found if line["@timestamp"] != self._since or line["scale_order_num"] not in self._seen]
        if new:
            since = new[-1]["@timestamp"]
            same_instant = {line["scale_order_num"] for line in new if line["@timestamp"] == since}
            self._seen = same_instant | (self._seen if since == self._since else set())
            self._since = since
        return new
