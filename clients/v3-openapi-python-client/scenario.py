"""The scenario of docs/clients.md in the older generation, with the package that openapi-python-client makes of it."""

import os
import time

from jobsvc_client import Client
from jobsvc_client.api.job_executions import get_execution_log
from jobsvc_client.api.job_types import list_job_types
from jobsvc_client.api.jobs import cancel_jobs, get_job, list_executions_of_job, list_jobs, update_job
from jobsvc_client.api.queue import queue_new_job, requeue_jobs
from jobsvc_client.models import (
    BulkRequest,
    ExecutionPage,
    JobChange,
    JobChangeStatus,
    JobDetails,
    JobPage,
    JobTypePage,
    LogId,
    LogSearch,
    NewJobRequest,
    Problem,
    PropertyInput,
    RequeueRequest,
)

client = Client(base_url=os.environ["JOBSVC_URL"], raise_on_unexpected_status=True)


def type_id(name: str) -> int:
    page = list_job_types.sync(client=client, name=[name])
    assert isinstance(page, JobTypePage), page
    return page.results[0].id


def submit(seconds: int) -> int:
    """Queue a job that counts down; gives its id."""
    data = {"version": "1.0", "input_data": [{"name": "SECONDS", "value": str(seconds)}]}
    body = NewJobRequest.from_dict({"job_type_id": type_id("countdown"), "job_data": data})
    answer = queue_new_job.sync_detailed(client=client, body=body)
    assert answer.status_code == 201
    assert isinstance(answer.parsed, JobDetails), answer
    assert answer.headers["Location"].endswith(f"/jobs/{answer.parsed.id}/")
    return answer.parsed.id


def details(job_id: int) -> JobDetails:
    job = get_job.sync(job_id, client=client)
    assert isinstance(job, JobDetails), job
    return job


def wait(job_id: int, *statuses: str) -> JobDetails:
    """Wait until the job has one of the statuses."""
    deadline = time.monotonic() + 60
    while (job := details(job_id)).status not in statuses:
        assert time.monotonic() < deadline, f"job {job_id} is {job.status}"
        time.sleep(0.1)
    return job


def run_a_job() -> None:
    job = wait(submit(1), "COMPLETED", "FAILED")
    assert job.status == "COMPLETED"
    assert [str(item.value) for item in job.inputs if isinstance(item, PropertyInput)] == ["1"]
    assert job.started is not None
    assert job.ended is not None
    assert job.started < job.ended
    page = list_executions_of_job.sync(job.id, client=client)
    assert isinstance(page, ExecutionPage), page
    assert [item.status for item in page.results] == ["COMPLETED"]
    log = get_execution_log.sync(page.results[0].id, LogId.COMBINED, client=client)
    assert isinstance(log, LogSearch), log
    assert "1 s left" in [hit.field_source.message for hit in log.hits.hits]


def list_some() -> None:
    page = list_jobs.sync(client=client, status=["PENDING", "RUNNING"], job_type_name=["bare"], order=["-id"])
    assert isinstance(page, JobPage), page
    assert [(job.id, job.status) for job in page.results] == [(1003, "RUNNING"), (1001, "PENDING")]


def read_nulls() -> None:
    """Job 1001 leaves out all that a job can, job 1002 nothing."""
    bare, full = details(1001), details(1002)
    nulls = [name for name, value in bare.to_dict().items() if value is None]
    assert {"error", "started", "ended"} < set(nulls)
    assert full.error is not None
    assert (full.error.name, full.error.category) == ("bad-table", "DATA")


def cancel_and_requeue() -> None:
    job_id = submit(25)
    wait(job_id, "RUNNING")
    answer = cancel_jobs.sync_detailed(client=client, body=BulkRequest(job_ids=[job_id]))
    assert answer.status_code == 202
    wait(job_id, "CANCELED")
    page = requeue_jobs.sync(client=client, body=RequeueRequest(job_ids=[job_id]))
    assert isinstance(page, JobPage), page
    wait(job_id, "RUNNING")
    assert isinstance(update_job.sync(job_id, client=client, body=JobChange(status=JobChangeStatus.CANCELED)), JobDetails)
    wait(job_id, "CANCELED")


def read_errors() -> None:
    refused = queue_new_job.sync_detailed(client=client, body=NewJobRequest(job_type_id=type_id("word-count")))
    assert refused.status_code == 400
    assert isinstance(refused.parsed, Problem)
    missing = get_job.sync_detailed(999_999_999, client=client)
    assert missing.status_code == 404
    assert isinstance(missing.parsed, Problem)


run_a_job()
list_some()
read_nulls()
cancel_and_requeue()
read_errors()
