"""Logs of executions, read once or followed as they grow."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from jobsvc.client.aio import waiting
from jobsvc.client.aio.jobs import POLL_SECONDS, Jobs
from jobsvc.client.aio.log_polling import LogPolling
from jobsvc.client.aio.log_stream import event_batches
from jobsvc.client.errors import ApiError
from jobsvc.client.events import LogEvent
from jobsvc.client.models import FINAL, Execution, LogLine, Stream

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport

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

    async def lines(self, execution_id: int, stream: Stream = "combined") -> AsyncIterator[LogLine]:
        """The lines that an execution has so far, by time and number; fetched page by page."""
        async for page in self._pages(execution_id, stream, None):
            for line in page:
                yield line

    async def stream(
        self, execution_id: int, stream: Stream = "combined", last_event_id: str | None = None
    ) -> AsyncIterator[LogEvent]:
        """The events of an execution's log, from the beginning or behind an event, up to and with `end`.

        A broken connection is opened again. ApiError 404: there is no such execution, or no such service.
        """
        async for batch in event_batches(self._http, f"{_path(execution_id, stream)}stream/", last_event_id):
            for event in batch:
                yield event

    async def follow(
        self, job_id: int, stream: Stream = "combined", exe_num: int | None = None, interval: float = POLL_SECONDS
    ) -> AsyncIterator[LogUpdate]:
        """What happens, as it happens: from the latest execution on through all retries, until the job is final.

        With `exe_num` only that execution, until it is final. A job that waits is waited for, by a look every `interval`
        seconds.
        """
        after = exe_num - 1 if exe_num is not None else max(await self._latest(job_id) - 1, 0)
        while True:
            # The job before its executions: what is final now will not get another one later.
            status = (await self._jobs.get(job_id))["status"]
            execution = await self._first_after(job_id, after)
            if execution is not None:
                async for update in self._follow_one(job_id, execution, stream, interval):
                    yield update
                after = execution["exe_num"]
            elif status not in FINAL:
                yield LogUpdate(status)
                await waiting.sleep(interval)
            if (execution is None and status in FINAL) or after == exe_num:
                return

    async def _follow_one(self, job_id: int, execution: Execution, stream: Stream, interval: float) -> AsyncIterator[LogUpdate]:
        batches = event_batches(self._http, f"{_path(execution['id'], stream)}stream/")
        first: list[LogEvent]
        try:
            # It comes as soon as there is a stream, also when there are no lines yet.
            first = await anext(batches, [])
        except ApiError as exc:
            if exc.status != HTTPStatus.NOT_FOUND:
                raise
            # A service from before there were streams.
            async for update in self._poll_one(job_id, execution, stream, interval):
                yield update
            return
        yield LogUpdate(execution["status"], execution, await self._lines_of(first, execution["id"], stream))
        async for batch in batches:
            yield LogUpdate(execution["status"], execution, await self._lines_of(batch, execution["id"], stream))
        execution = await self._jobs.execution(job_id, execution["exe_num"])
        yield LogUpdate(execution["status"], execution)

    async def _poll_one(self, job_id: int, execution: Execution, stream: Stream, interval: float) -> AsyncIterator[LogUpdate]:
        log = LogPolling(self._http, _path(execution["id"], stream))
        while True:
            # The status before the lines: once it is final, all lines are there.
            execution = await self._jobs.execution(job_id, execution["exe_num"])
            new = await log.read()
            yield LogUpdate(execution["status"], execution, new)
            if execution["status"] in FINAL and not new:
                return
            if not new:
                await waiting.sleep(interval)

    async def _lines_of(self, batch: list[LogEvent], execution_id: int, stream: Stream) -> list[LogLine]:
        """The lines of events, with those that a gap left out."""
        lines: list[LogLine] = []
        for event in batch:
            if event.name == "line":
                lines.append(event.data)
            elif event.name == "gap":
                lines += await self._left_out(execution_id, stream, event.data["after"], event.data["lines"])
        return lines

    async def _left_out(self, execution_id: int, stream: Stream, after: str | None, count: int) -> list[LogLine]:
        lines: list[LogLine] = []
        async for page in self._pages(execution_id, stream, after):
            lines += page
            if len(lines) >= count:
                break
        return lines[:count]

    async def _pages(self, execution_id: int, stream: Stream, cursor: str | None) -> AsyncIterator[list[LogLine]]:
        """A service from before there were pages sends all lines as one."""
        path = _path(execution_id, stream)
        while True:
            response = await self._http.fetch(path, {"format": "json", "page_size": PAGE, "cursor": cursor})
            yield self._http.read_json(response) or []
            following = response.links.get("next")
            if following is None:
                return
            cursor = response.url.join(following["url"]).params["cursor"]

    async def _latest(self, job_id: int) -> int:
        async for execution in self._jobs.executions(job_id):
            return execution["exe_num"]
        return 0

    async def _first_after(self, job_id: int, exe_num: int) -> Execution | None:
        later = [execution async for execution in self._jobs.executions(job_id) if execution["exe_num"] > exe_num]
        return min(later, key=lambda item: item["exe_num"], default=None)


def _path(execution_id: int, stream: Stream) -> str:
    return f"v6/job-executions/{execution_id}/logs/{stream}/"
