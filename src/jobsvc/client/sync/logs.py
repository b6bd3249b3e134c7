"""Logs of executions, read once or followed as they grow."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from jobsvc.client.errors import ApiError
from jobsvc.client.events import LogEvent
from jobsvc.client.models import FINAL, Execution, LogLine, Stream
from jobsvc.client.sync import waiting
from jobsvc.client.sync.jobs import POLL_SECONDS, Jobs
from jobsvc.client.sync.log_polling import LogPolling
from jobsvc.client.sync.log_stream import event_batches

if TYPE_CHECKING:
    from jobsvc.client.sync.transport import Transport

PAGE = 5000
"""Lines that are fetched at a time."""


@dataclass(frozen=True)
class LogUpdate:
    """The result of one look at a followed job: the job's status, the execution that is read (None: still queued), new lines."""

    status: str
    execution: Execution | None = None
    lines: list[LogLine] = field(default_factory=list)


class Logs:
    """`/v6/job-executions/…/logs/`."""

    def __init__(self, http: "Transport", jobs: Jobs) -> None:
        self._http = http
        self._jobs = jobs

    def lines(self, execution_id: int, stream: Stream = "combined") -> Iterator[LogLine]:
        """The lines that an execution has so far, by time and number; fetched page by page."""
        for page in self._pages(execution_id, stream, None):
            for line in page:
                yield line

    def stream(self, execution_id: int, stream: Stream = "combined", last_event_id: str | None = None) -> Iterator[LogEvent]:
        """The events of an execution's log, from the beginning or behind an event, up to and with `end`.

        A broken connection is opened again. ApiError 404: there is no such execution, or no such service.
        """
        for batch in event_batches(self._http, f"{_path(execution_id, stream)}stream/", last_event_id):
            for event in batch:
                yield event

    def follow(
        self, job_id: int, stream: Stream = "combined", exe_num: int | None = None, interval: float = POLL_SECONDS
    ) -> Iterator[LogUpdate]:
        """What happens, as it happens: from the latest execution on through all retries, until the job is final.

        With `exe_num` only that execution, until it is final. A job that waits is waited for, by a look every `interval`
        seconds.
        """
        after = exe_num - 1 if exe_num is not None else max(self._latest(job_id) - 1, 0)
        while True:
            # The job before its executions: what is final now will not get another one later.
            status = (self._jobs.get(job_id))["status"]
            execution = self._first_after(job_id, after)
            if execution is not None:
                for update in self._follow_one(job_id, execution, stream, interval):
                    yield update
                after = execution["exe_num"]
            elif status not in FINAL:
                yield LogUpdate(status)
                waiting.sleep(interval)
            if (execution is None and status in FINAL) or after == exe_num:
                return

    def _follow_one(self, job_id: int, execution: Execution, stream: Stream, interval: float) -> Iterator[LogUpdate]:
        batches = event_batches(self._http, f"{_path(execution['id'], stream)}stream/")
        first: list[LogEvent]
        try:
            # It comes as soon as there is a stream, also when there are no lines yet.
            first = next(batches, [])
        except ApiError as exc:
            if exc.status != HTTPStatus.NOT_FOUND:
                raise
            # A service from before there were streams.
            for update in self._poll_one(job_id, execution, stream, interval):
                yield update
            return
        yield LogUpdate(execution["status"], execution, self._lines_of(first, execution["id"], stream))
        for batch in batches:
            yield LogUpdate(execution["status"], execution, self._lines_of(batch, execution["id"], stream))
        execution = self._jobs.execution(job_id, execution["exe_num"])
        yield LogUpdate(execution["status"], execution)

    def _poll_one(self, job_id: int, execution: Execution, stream: Stream, interval: float) -> Iterator[LogUpdate]:
        log = LogPolling(self._http, _path(execution["id"], stream))
        while True:
            # The status before the lines: once it is final, all lines are there.
            execution = self._jobs.execution(job_id, execution["exe_num"])
            new = log.read()
            yield LogUpdate(execution["status"], execution, new)
            if execution["status"] in FINAL and not new:
                return
            if not new:
                waiting.sleep(interval)

    def _lines_of(self, batch: list[LogEvent], execution_id: int, stream: Stream) -> list[LogLine]:
        """The lines of events, with those that a gap left out."""
        lines: list[LogLine] = []
        for event in batch:
            if event.name == "line":
                lines.append(event.data)
            elif event.name == "gap":
                lines += self._left_out(execution_id, stream, event.data["after"], event.data["lines"])
        return lines

    def _left_out(self, execution_id: int, stream: Stream, after: str | None, count: int) -> list[LogLine]:
        lines: list[LogLine] = []
        for page in self._pages(execution_id, stream, after):
            lines += page
            if len(lines) >= count:
                break
        return lines[:count]

    def _pages(self, execution_id: int, stream: Stream, cursor: str | None) -> Iterator[list[LogLine]]:
        """A service from before there were pages sends all lines as one."""
        path = _path(execution_id, stream)
        while True:
            response = self._http.fetch(path, {"format": "json", "page_size": PAGE, "cursor": cursor})
            yield self._http.read_json(response) or []
            following = response.links.get("next")
            if following is None:
                return
            cursor = response.url.join(following["url"]).params["cursor"]

    def _latest(self, job_id: int) -> int:
        for execution in self._jobs.executions(job_id):
            return execution["exe_num"]
        return 0

    def _first_after(self, job_id: int, exe_num: int) -> Execution | None:
        later = [execution for execution in self._jobs.executions(job_id) if execution["exe_num"] > exe_num]
        return min(later, key=lambda item: item["exe_num"], default=None)


def _path(execution_id: int, stream: Stream) -> str:
    return f"v6/job-executions/{execution_id}/logs/{stream}/"
