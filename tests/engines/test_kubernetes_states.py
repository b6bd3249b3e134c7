"""What is made of what a cluster says of a job and its pod, where that cannot be had of a cluster of one node."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobsvc.domain.outcome import Cause
from jobsvc.engines.kubernetes.records import JobRecord, PodRecord
from jobsvc.engines.kubernetes.states import Bounds, observation
from jobsvc.ports.remote_engine import Observation, Phase

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
BOUNDS = Bounds(pull=600, lost=120)
RUNNING = {"running": {"startedAt": "2026-11-29T11:00:00Z"}}


def instant(seconds_ago: float) -> str:
    """As the API writes it."""
    return (NOW - timedelta(seconds=seconds_ago)).isoformat().replace("+00:00", "Z")


def condition(kind: str, status: str, seconds_ago: float = 0, reason: str = "", message: str = "") -> dict[str, str]:
    """A condition of a job or a pod."""
    since = instant(seconds_ago)
    return {"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message}


def pod(state: dict[str, Any], *conditions: dict[str, str], **status: Any) -> PodRecord:
    """A pod whose container is in this state."""
    deleted = status.pop("deletionTimestamp", None)
    metadata = {"name": "p", "labels": {}} | ({"deletionTimestamp": deleted, "deletionGracePeriodSeconds": 5} if deleted else {})
    statuses = [{"name": "job", "state": state}]
    spec = {"nodeName": "n1", "containers": [{"name": "job"}]}
    whole = {"phase": "Running", "conditions": conditions, "containerStatuses": statuses} | status
    return PodRecord.read({"metadata": metadata, "spec": spec, "status": whole})


def seen(record: PodRecord | None, job: JobRecord | None = None) -> Observation:
    """What is made of it now."""
    return observation(job, record, is_stopped=False, now=NOW, limits=BOUNDS)


@pytest.mark.parametrize(("silent", "cause"), [(60, None), (200, Cause.NODE_LOST)])
def test_a_node_that_is_silent_for_long_is_lost(silent: float, cause: Cause | None) -> None:
    record = pod(RUNNING, condition("Ready", "False", silent), condition("ContainersReady", "True", 3000))
    assert seen(record).cause is cause
    assert (cause is None) == (seen(record).phase is Phase.RUNNING)


def test_a_container_that_is_not_ready_says_nothing_of_its_node() -> None:
    record = pod(RUNNING, condition("Ready", "False", 3000), condition("ContainersReady", "False", 3000))
    assert seen(record).phase is Phase.RUNNING


def test_a_node_that_does_not_end_a_deleted_pod_is_lost() -> None:
    assert seen(pod(RUNNING, deletionTimestamp=instant(60))).phase is Phase.RUNNING
    assert seen(pod(RUNNING, deletionTimestamp=instant(600))).cause is Cause.NODE_LOST


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("PreemptionByScheduler", Cause.EVICTED),
        ("TerminationByKubelet", Cause.EVICTED),
        ("DeletionByTaintManager", Cause.NODE_LOST),
        ("DeletionByPodGC", Cause.NODE_LOST),
    ],
)
def test_a_disruption_is_told_from_a_failure(reason: str, cause: Cause) -> None:
    ended = {"terminated": {"exitCode": 143, "reason": "Error", "finishedAt": instant(1)}}
    record = pod(ended, condition("DisruptionTarget", "True", 5, reason, "it had to go"), phase="Failed")
    assert (seen(record).cause, seen(record.gone()).cause) == (cause, cause)
    assert "it had to go" in seen(record).reason


def test_what_ended_before_it_was_deleted_has_ended() -> None:
    done = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": instant(9), "finishedAt": instant(9)}}
    before = pod(done, phase="Succeeded")
    after = pod(done, phase="Succeeded", deletionTimestamp=instant(0)).after(before)
    assert (seen(after).phase, seen(after.gone()).exit_code) == (Phase.ENDED, 0)
    started, ended = seen(after).started, seen(after).ended
    assert started is not None
    assert ended is not None
    assert started < ended
    # Nobody saw it end before.
    assert seen(pod(done, phase="Succeeded", deletionTimestamp=instant(0)).after(pod(RUNNING))).phase is Phase.LOST


@pytest.mark.parametrize(
    ("reason", "waited", "cause"),
    [
        ("ImagePullBackOff", 60, None),
        ("ImagePullBackOff", 700, Cause.IMAGE),
        ("InvalidImageName", 0, Cause.IMAGE),
        ("CreateContainerConfigError", 30, None),
        ("CreateContainerConfigError", 90, Cause.START_ERROR),
        ("ContainerCreating", 900, None),
    ],
)
def test_what_does_not_begin_waits_for_a_while(reason: str, waited: float, cause: Cause | None) -> None:
    waiting = {"waiting": {"reason": reason, "message": "because"}}
    item = seen(pod(waiting, condition("PodScheduled", "True", waited), phase="Pending"))
    assert item.cause is cause
    assert item.phase is (Phase.ENDED if cause else Phase.QUEUED)
    assert "because" in item.reason


def test_a_node_that_refuses_a_pod_is_not_the_fault_of_its_job() -> None:
    record = pod({}, phase="Failed", reason="OutOfcpu", message="Pod was rejected")
    assert (seen(record).cause, seen(record).exit_code) == (Cause.EVICTED, None)


def test_a_deadline_is_a_timeout_whatever_the_exit_code() -> None:
    record = pod({"terminated": {"exitCode": 0}}, phase="Failed", reason="DeadlineExceeded")
    assert (seen(record).cause, seen(record).exit_code) == (Cause.TIMEOUT, None)


@pytest.mark.parametrize(
    ("conditions", "phase", "cause"),
    [
        ([], Phase.QUEUED, None),
        ([condition("Complete", "True")], Phase.LOST, None),
        ([condition("Failed", "True", reason="BackoffLimitExceeded")], Phase.LOST, None),
        ([condition("Failed", "True", reason="PodFailurePolicy")], Phase.ENDED, Cause.EVICTED),
    ],
)
def test_a_job_without_a_pod(conditions: list[dict[str, str]], phase: Phase, cause: Cause | None) -> None:
    job = JobRecord.read({"metadata": {"name": "j"}, "spec": {}, "status": {"conditions": conditions}})
    assert (seen(None, job).phase, seen(None, job).cause) == (phase, cause)


def test_a_job_that_a_queue_holds_says_so() -> None:
    job = JobRecord.read({"metadata": {"name": "j"}, "spec": {"suspend": True}, "status": {}})
    assert "suspended" in seen(None, job).reason


def test_a_job_without_a_pod_says_where_to_look() -> None:
    job = JobRecord.read({"metadata": {"name": "h"}, "spec": {}, "status": {}})
    assert seen(None, job).phase is Phase.QUEUED
    assert "kubectl describe job h" in seen(None, job).reason
