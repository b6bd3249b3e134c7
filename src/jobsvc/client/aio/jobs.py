"""Jobs and their executions."""

import time
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Unpack

from jobsvc.client.aio import waiting
from jobsvc.client.errors import NotFinal
from jobsvc.client.models import (
    FINAL,
    Data,
    Execution,
    ExecutionDetails,
    Interval,
    Job,
    JobChange,
    JobDetails,
    JobGroup,
    JobHistogram,
    JobsCreated,
    Json,
    NewJob,
    Page,
)
from jobsvc.client.queries import JobQuery

if TYPE_CHECKING:
    from jobsvc.client.aio.transport import Transport

POLL_SECONDS = 0.3


class Jobs:
    """`/v6/jobs/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    async def list(self, *, page: int = 1, page_size: int = 100, **query: Unpack[JobQuery]) -> Page[Job]:
        """A page of the jobs that match; `started` and `ended` bound the last change (ISO-8601 time or duration)."""
        record: Page[Job] = await self._http.get("v6/jobs/", {**query, "page": page, "page_size": page_size})
        return record

    async def all(self, *, page_size: int = 1000, **query: Unpack[JobQuery]) -> AsyncIterator[Job]:
        """Every job that matches, one page at a time: by id, so that new jobs move nothing, unless `order` says else."""
        async for job in self._http.items("v6/jobs/", {"order": ["id"], **query, "page_size": page_size}):
            yield job

    async def get(self, job_id: int) -> JobDetails:
        """A job with all that belongs to it."""
        job_details: JobDetails = await self._http.get(f"v6/jobs/{job_id}/")
        return job_details

    async def stats(self, *group_by: str, page: int = 1, page_size: int = 1000, **query: Unpack[JobQuery]) -> Page[JobGroup]:
        """How many of the jobs that match have what in common (`status` unless said), the largest group first."""
        chosen = {**query, "group_by": list(group_by), "page": page, "page_size": page_size}
        record: Page[JobGroup] = await self._http.get("v6/jobs/stats/", chosen)
        return record

    async def histogram(
        self, interval: Interval = "hour", *, split: str | None = None, **query: Unpack[JobQuery]
    ) -> JobHistogram:
        """How many of the jobs that match had their last change in which interval, told apart by `split`."""
        histogram: JobHistogram = await self._http.get("v6/jobs/histogram/", {**query, "interval": interval, "split": split})
        return histogram

    async def submit(
        self,
        job_type_id: int,
        data: Data,
        configuration: Json | None = None,
        *,
        idempotency_key: str | None = None,
        not_before: str | None = None,
        after: Sequence[int] = (),
        labels: dict[str, str] | None = None,
    ) -> JobDetails:
        """Queue a new job, to start not before an ISO-8601 time, and after the jobs with these ids have COMPLETED.

        Members of `configuration` override those of its type.

        It is sent again while the service is away, with a key that keeps it one job. With a key of the caller's own that
        holds beyond this call (ApiError 422 when the key came with another job before).
        """
        body: Json = {"job_type_id": job_type_id, "input": data}
        if configuration:
            body["configuration"] = configuration
        if not_before:
            body["not_before"] = not_before
        if after:
            body["after"] = list(after)
        if labels:
            body["labels"] = labels
        created: JobDetails = await self._http.create("v6/jobs/", body, idempotency_key)
        return created

    async def submit_many(
        self,
        jobs: Sequence[NewJob],
        *,
        valid_only: bool = False,
        idempotency_key: str | None = None,
        labels: dict[str, str] | None = None,
    ) -> JobsCreated:
        """Queue up to 5,000 new jobs with one request: all of them or none, with `valid_only` those that are valid.

        All have the `labels`; what a job says itself counts more.

        It is sent again while the service is away, with a key that keeps the jobs from being made twice (see `submit`).
        """
        body: Json = {"jobs": list(jobs), "mode": "each" if valid_only else "atomic"}
        if labels:
            body["labels"] = labels
        created: JobsCreated = await self._http.create("v6/jobs/bulk/", body, idempotency_key)
        return created

    async def change(self, job_id: int, **change: Unpack[JobChange]) -> JobDetails:
        """Change a job that waits in the queue (ApiError 409 when it does not any more), or labels of any job."""
        job_details: JobDetails = await self._http.call("PATCH", f"v6/jobs/{job_id}/", json=dict(change))
        return job_details

    async def watch(self, job_id: int, interval: float = POLL_SECONDS) -> AsyncIterator[JobDetails]:
        """The job as it is now and every `interval` seconds, until it is final; the last one is."""
        while True:
            job = await self.get(job_id)
            yield job
            if job["status"] in FINAL:
                return
            await waiting.sleep(interval)

    async def wait(self, job_id: int, max_wait: float | None = None, interval: float = POLL_SECONDS) -> JobDetails:
        """Wait until a job is final, at most `max_wait` seconds.

        Raises:
            NotFinal: The job is not final by then.
        """
        deadline = None if max_wait is None else time.monotonic() + max_wait
        async for job in self.watch(job_id, interval):
            if job["status"] in FINAL:
                return job
            if deadline is not None and time.monotonic() >= deadline:
                raise NotFinal(job_id, job["status"])
        raise AssertionError("a watched job ends")

    async def executions(self, job_id: int) -> AsyncIterator[Execution]:
        """All executions of a job, the latest first; none for an unknown job."""
        async for execution in self._http.items(f"v6/jobs/{job_id}/executions/"):
            yield execution

    async def execution(self, job_id: int, exe_num: int) -> ExecutionDetails:
        """An execution by its number within the job, from 1."""
        execution_details: ExecutionDetails = await self._http.get(f"v6/jobs/{job_id}/executions/{exe_num}/")
        return execution_details
