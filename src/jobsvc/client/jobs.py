"""Jobs and their executions."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jobsvc.client.models import Data, Execution, ExecutionDetails, Job, JobDetails, Json, Page
from jobsvc.client.paging import items

if TYPE_CHECKING:
    from jobsvc.client.transport import Transport

POLL_SECONDS = 0.3
FINAL = frozenset({"COMPLETED", "FAILED", "CANCELED"})


class Jobs:
    """`/v6/jobs/`."""

    def __init__(self, http: "Transport") -> None:
        self._http = http

    def list(
        self,
        *,
        statuses: Sequence[str] = (),
        type_names: Sequence[str] = (),
        started: str | None = None,
        ended: str | None = None,
        order: Sequence[str] = (),
        page: int = 1,
        page_size: int = 100,
    ) -> Page[Job]:
        """A page of the jobs that match; `started` and `ended` bound the last change (ISO-8601 time or duration)."""
        params = {
            "status": list(statuses),
            "job_type_name": list(type_names),
            "started": started,
            "ended": ended,
            "order": list(order),
            "page": page,
            "page_size": page_size,
        }
        found: Page[Job] = self._http.get("v6/jobs/", params)
        return found

    def get(self, job_id: int) -> JobDetails:
        """A job with all that belongs to it."""
        found: JobDetails = self._http.get(f"v6/jobs/{job_id}/")
        return found

    def submit(self, job_type_id: int, data: Data, configuration: Json | None = None) -> JobDetails:
        """Queue a new job; members of `configuration` override those of its type."""
        body: Json = {"job_type_id": job_type_id, "input": data}
        if configuration:
            body["configuration"] = configuration
        created: JobDetails = self._http.call("POST", "v6/jobs/", json=body)
        return created

    def watch(self, job_id: int, interval: float = POLL_SECONDS) -> Iterator[JobDetails]:
        """The job as it is now and every `interval` seconds, until it is final; the last one is."""
        while True:
            job = self.get(job_id)
            yield job
            if job["status"] in FINAL:
                return
            time.sleep(interval)

    def executions(self, job_id: int) -> Iterator[Execution]:
        """All executions of a job, the latest first; none for an unknown job."""

        def page(number: int) -> Page[Execution]:
            found: Page[Execution] = self._http.get(f"v6/jobs/{job_id}/executions/", {"page": number})
            return found

        return items(page)

    def execution(self, job_id: int, exe_num: int) -> ExecutionDetails:
        """An execution by its number within the job, from 1."""
        found: ExecutionDetails = self._http.get(f"v6/jobs/{job_id}/executions/{exe_num}/")
        return found
