"""The scenario of docs/clients.md, with the package `jobsvc_client` that openapi-generator makes for Python."""

import os
import time
from collections.abc import Callable

from jobsvc_client import (
    ApiClient,
    CancelJobs,
    Cause,
    Configuration,
    EventsApi,
    FilesApi,
    JobCreate,
    JobDetails,
    JobHoldChange,
    JobsApi,
    JobTypesApi,
    LogId,
    LogsApi,
    Problem,
    RequeueJobs,
    RetentionApi,
    RetryPoliciesApi,
    RetryPolicySet,
    RetryRule,
    SimulatePolicy,
    WebhookCreate,
)
from jobsvc_client.exceptions import BadRequestException, NotFoundException

client = ApiClient(Configuration(host=os.environ["JOBSVC_URL"], access_token=os.environ.get("JOBSVC_TOKEN")))
files, job_types, jobs, logs = FilesApi(client), JobTypesApi(client), JobsApi(client), LogsApi(client)
events, policies, retention = EventsApi(client), RetryPoliciesApi(client), RetentionApi(client)


def submit(job_type: str, inputs: dict[str, object]) -> int:
    """Queue a job; gives its id."""
    kind = job_types.get_job_type(job_type, "1.0.0")
    return jobs.create_job(JobCreate(job_type_id=kind.id, input=inputs)).id


def wait(job_id: int, *statuses: str) -> JobDetails:
    """Wait until the job has one of the statuses."""
    deadline = time.monotonic() + 60
    while (job := jobs.get_job(job_id)).status not in statuses:
        assert time.monotonic() < deadline, f"job {job_id} is {job.status}"
        time.sleep(0.1)
    return job


def run_a_job() -> None:
    file = files.upload_file(b"to be or not to be", file_name="hamlet.txt", media_type="text/plain")
    job = wait(submit("word-count", {"files": {"TEXT": [file.id]}}), "COMPLETED", "FAILED")
    assert job.status == "COMPLETED"
    assert job.output.var_json == {"TOTAL_WORDS": 6, "DISTINCT_WORDS": 4}
    assert job.node is not None
    assert job.error is None
    assert job.started is not None
    assert job.ended is not None
    assert job.started < job.ended
    see_its_execution(job.id)


def see_its_execution(job_id: int) -> None:
    page = jobs.list_job_executions(job_id, status=["COMPLETED"])
    assert [(each.exe_num, each.status) for each in page.results] == [(1, "COMPLETED")]
    log = logs.get_execution_log(page.results[0].id, LogId.STDOUT)
    assert log[-1].message == "wrote report.csv with the 4 most frequent words"


def list_some() -> None:
    page = jobs.list_jobs(
        status=["PENDING", "RUNNING"],
        job_type_name=["bare"],
        is_superseded=False,
        started="2026-01-01T00:00:00Z",
        order=["-id"],
    )
    assert [(job.id, job.status) for job in page.results] == [(1003, "RUNNING"), (1001, "PENDING")]


def read_nulls() -> None:
    """Job 1001 leaves out all that a job can, job 1002 nothing."""
    bare, full = jobs.get_job(1001), jobs.get_job(1002)
    nulls = {name for name, value in bare if value is None}
    assert {"event", "recipe", "batch", "node", "error", "started", "ended", "superseded_by_job", "execution"} < nulls
    assert [name for name in nulls if getattr(full, name) is None] == []
    assert full.error is not None
    assert (full.error.name, full.error.category) == ("bad-table", "DATA")
    running = jobs.get_job_execution(1003, 1)
    assert (running.ended, running.node, running.error, running.output) == (None, None, None, None)


def cancel_and_requeue() -> None:
    job_id = submit("countdown", {"json": {"SECONDS": 25}})
    wait(job_id, "RUNNING")
    answer = jobs.cancel_jobs_with_http_info(CancelJobs(job_ids=[job_id]))
    assert answer.status_code == 202
    assert answer.headers is not None
    assert "/v6/bulk-operations/" in answer.headers["location"]
    assert wait(job_id, "CANCELED").num_exes == 1
    jobs.requeue_jobs(RequeueJobs(job_ids=[job_id]))
    assert wait(job_id, "RUNNING").num_exes == 2
    jobs.cancel_jobs(CancelJobs(job_ids=[job_id]))
    wait(job_id, "CANCELED")


def refusal(call: Callable[[], object]) -> tuple[int, str]:
    """The status and the detail of the error that a call is answered with."""
    try:
        call()
    except (BadRequestException, NotFoundException) as error:
        if not isinstance(error.data, Problem):
            raise
        return error.status, error.data.detail
    raise AssertionError("no error")


def read_errors() -> None:
    status, detail = refusal(lambda: submit("word-count", {}))
    assert status == 400
    assert "TEXT" in detail
    status, detail = refusal(lambda: jobs.get_job(999_999_999))
    assert status == 404
    assert "999999999" in detail


def run_one_after_another() -> None:
    kind = job_types.get_job_type("countdown", "1.0.0").id
    first = submit("countdown", {"json": {"SECONDS": 0}})
    labels = {"made-by": "openapi-generator"}
    job = JobCreate(job_type_id=kind, input={"json": {"SECONDS": 0}}, after=[first], labels=labels)
    second = jobs.create_job(job).id
    assert wait(second, "COMPLETED", "FAILED").labels == labels
    page = jobs.list_jobs(label=["made-by:openapi-generator"], job_id=[first, second])
    assert [job.id for job in page.results] == [second]
    types = [event.type for event in events.list_job_events(second).results]
    assert "job.started" in types
    assert types[-1] == "job.completed"
    groups = jobs.get_job_stats(group_by=["status"], job_id=[first, second]).results
    assert [(group.status, group.count) for group in groups] == [("COMPLETED", 2)]
    keep(second)


def keep(job_id: int) -> None:
    assert retention.hold_job(job_id, JobHoldChange(reason="an example")).reason == "an example"
    retention.release_job(job_id)
    assert refusal(lambda: retention.get_job_hold(job_id))[0] == 404
    assert retention.preview_purge().jobs == 0


def make_rules() -> None:
    hook = events.create_webhook(WebhookCreate(url="https://hooks.example.org/python", types=["job.failed"]))
    assert events.get_webhook(hook.id).types == ["job.failed"]
    events.delete_webhook(hook.id)
    rules = RetryPolicySet(rules=[RetryRule(causes=[Cause.OOM], max_tries=5)])
    assert policies.set_retry_policy("python", rules).version == 1
    assert policies.get_retry_policy("python").rules[0].causes == ["oom"]
    simulation = policies.simulate_retry_policy("python", SimulatePolicy(limit=100))
    assert (simulation.policy, simulation.version) == ("python", 1)
    policies.delete_retry_policy("python")


STEPS = (run_a_job, list_some, read_nulls, cancel_and_requeue, read_errors, run_one_after_another, make_rules)

if __name__ == "__main__":
    for step in STEPS:
        step()
