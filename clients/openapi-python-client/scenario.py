"""The scenario of docs/clients.md, with the package `jobsvc_client` that openapi-python-client makes."""

import os
import time
from io import BytesIO

from jobsvc_client import Client
from jobsvc_client.api.events import create_webhook, delete_webhook, get_webhook, list_job_events
from jobsvc_client.api.files import upload_file
from jobsvc_client.api.job_types import get_job_type
from jobsvc_client.api.jobs import (
    cancel_jobs,
    create_job,
    get_job,
    get_job_execution,
    get_job_stats,
    list_job_executions,
    list_jobs,
    requeue_jobs,
)
from jobsvc_client.api.logs import get_execution_log
from jobsvc_client.api.retention import get_job_hold, hold_job, preview_purge, release_job
from jobsvc_client.api.retry_policies import (
    delete_retry_policy,
    get_retry_policy,
    set_retry_policy,
    simulate_retry_policy,
)
from jobsvc_client.models import (
    CancelJobs,
    Cause,
    ChangeEventPage,
    ExecutionPage,
    IssuedWebhook,
    JobCreate,
    JobDetails,
    JobGroupPage,
    JobHold,
    JobHoldChange,
    JobPage,
    JobTypeDetails,
    LogId,
    Problem,
    RequeueJobs,
    RetentionPreview,
    RetryPolicy,
    RetryPolicySet,
    RetryRule,
    RetrySimulation,
    SimulatePolicy,
    Webhook,
    WebhookCreate,
)
from jobsvc_client.types import File

client = Client(base_url=os.environ["JOBSVC_URL"], raise_on_unexpected_status=True)


def type_id(name: str) -> int:
    found = get_job_type.sync(name, "1.0.0", client=client)
    assert isinstance(found, JobTypeDetails), found
    return found.id


def submit(job_type: str, inputs: dict[str, object]) -> int:
    """Queue a job; gives its id."""
    job = create_job.sync(client=client, body=JobCreate.from_dict({"job_type_id": type_id(job_type), "input": inputs}))
    assert isinstance(job, JobDetails), job
    return job.id


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
    text = File(BytesIO(b"to be or not to be"), file_name="hamlet.txt")
    file = upload_file.sync(client=client, body=text, file_name="hamlet.txt", media_type="text/plain")
    assert not isinstance(file, Problem | None), file
    job = wait(submit("word-count", {"files": {"TEXT": [file.id]}}), "COMPLETED", "FAILED")
    assert job.status == "COMPLETED"
    assert job.output.to_dict()["json"] == {"TOTAL_WORDS": 6, "DISTINCT_WORDS": 4}
    assert job.node is not None
    assert job.error is None
    assert job.started is not None
    assert job.ended is not None
    assert job.started < job.ended
    see_its_execution(job.id)


def see_its_execution(job_id: int) -> None:
    page = list_job_executions.sync(job_id, client=client, status=["COMPLETED"])
    assert isinstance(page, ExecutionPage), page
    assert [(each.exe_num, each.status) for each in page.results] == [(1, "COMPLETED")]
    log = get_execution_log.sync(page.results[0].id, LogId.STDOUT, client=client)
    assert isinstance(log, list), log
    assert log[-1].message == "wrote report.csv with the 4 most frequent words"


def list_some() -> None:
    page = list_jobs.sync(
        client=client,
        status=["PENDING", "RUNNING"],
        job_type_name=["bare"],
        is_superseded=False,
        started="2026-01-01T00:00:00Z",
        order=["-id"],
    )
    assert isinstance(page, JobPage), page
    assert [(job.id, job.status) for job in page.results] == [(1003, "RUNNING"), (1001, "PENDING")]


def read_nulls() -> None:
    """Job 1001 leaves out all that a job can, job 1002 nothing."""
    bare, full = details(1001), details(1002)
    nulls = [name for name, value in bare.to_dict().items() if value is None]
    assert {"event", "recipe", "batch", "node", "error", "started", "ended", "superseded_by_job", "execution"} < set(nulls)
    assert [name for name in nulls if getattr(bare, name) is not None or getattr(full, name) is None] == []
    assert full.error is not None
    assert (full.error.name, full.error.category) == ("bad-table", "DATA")
    running = get_job_execution.sync(1003, 1, client=client)
    assert not isinstance(running, Problem | None), running
    assert (running.ended, running.node, running.error, running.output) == (None, None, None, None)


def cancel_and_requeue() -> None:
    job_id = submit("countdown", {"json": {"SECONDS": 25}})
    wait(job_id, "RUNNING")
    answer = cancel_jobs.sync_detailed(client=client, body=CancelJobs(job_ids=[job_id]))
    assert answer.status_code == 202
    assert "/v6/bulk-operations/" in answer.headers["Location"]
    assert wait(job_id, "CANCELED").num_exes == 1
    requeue_jobs.sync_detailed(client=client, body=RequeueJobs(job_ids=[job_id]))
    assert wait(job_id, "RUNNING").num_exes == 2
    cancel_jobs.sync_detailed(client=client, body=CancelJobs(job_ids=[job_id]))
    wait(job_id, "CANCELED")


def read_errors() -> None:
    refused = create_job.sync_detailed(client=client, body=JobCreate(job_type_id=type_id("word-count")))
    assert refused.status_code == 400
    assert isinstance(refused.parsed, Problem)
    assert "TEXT" in refused.parsed.detail
    missing = get_job.sync_detailed(999_999_999, client=client)
    assert missing.status_code == 404
    assert isinstance(missing.parsed, Problem)
    assert "999999999" in missing.parsed.detail


def run_one_after_another() -> None:
    first = submit("countdown", {"json": {"SECONDS": 0}})
    labels = {"made-by": "openapi-python-client"}
    body = {"job_type_id": type_id("countdown"), "input": {"json": {"SECONDS": 0}}, "after": [first], "labels": labels}
    second = create_job.sync(client=client, body=JobCreate.from_dict(body))
    assert isinstance(second, JobDetails), second
    assert wait(second.id, "COMPLETED", "FAILED").labels.to_dict() == labels
    page = list_jobs.sync(client=client, label=["made-by:openapi-python-client"], job_id=[first, second.id])
    assert isinstance(page, JobPage), page
    assert [job.id for job in page.results] == [second.id]
    events = list_job_events.sync(second.id, client=client)
    assert isinstance(events, ChangeEventPage), events
    types = [event.type_ for event in events.results]
    assert "job.started" in types
    assert types[-1] == "job.completed"
    groups = get_job_stats.sync(client=client, group_by=["status"], job_id=[first, second.id])
    assert isinstance(groups, JobGroupPage), groups
    assert [(group.status, group.count) for group in groups.results] == [("COMPLETED", 2)]
    keep(second.id)


def keep(job_id: int) -> None:
    hold = hold_job.sync(job_id, client=client, body=JobHoldChange(reason="an example"))
    assert isinstance(hold, JobHold), hold
    assert hold.reason == "an example"
    assert release_job.sync_detailed(job_id, client=client).status_code == 204
    assert get_job_hold.sync_detailed(job_id, client=client).status_code == 404
    preview = preview_purge.sync(client=client)
    assert isinstance(preview, RetentionPreview), preview
    assert preview.jobs == 0


def make_rules() -> None:
    asked = WebhookCreate(url="https://hooks.example.org/python", types=["job.failed"])
    hook = create_webhook.sync(client=client, body=asked)
    assert isinstance(hook, IssuedWebhook), hook
    shown = get_webhook.sync(hook.id, client=client)
    assert isinstance(shown, Webhook), shown
    assert shown.types == ["job.failed"]
    assert delete_webhook.sync_detailed(hook.id, client=client).status_code == 204
    make_a_policy("python")


def make_a_policy(name: str) -> None:
    rules = RetryPolicySet(rules=[RetryRule(causes=[Cause.OOM], max_tries=5)])
    policy = set_retry_policy.sync(name, client=client, body=rules)
    assert isinstance(policy, RetryPolicy), policy
    assert policy.version == 1
    policy = get_retry_policy.sync(name, client=client)
    assert isinstance(policy, RetryPolicy), policy
    assert policy.rules[0].causes == [Cause.OOM]
    simulation = simulate_retry_policy.sync(name, client=client, body=SimulatePolicy(limit=100))
    assert isinstance(simulation, RetrySimulation), simulation
    assert (simulation.policy, simulation.version) == (name, 1)
    assert delete_retry_policy.sync_detailed(name, client=client).status_code == 204


run_a_job()
list_some()
read_nulls()
cancel_and_requeue()
read_errors()
run_one_after_another()
make_rules()
