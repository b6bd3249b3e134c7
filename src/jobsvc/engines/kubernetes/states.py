"""What the cluster says of a job and its pod, as an observation."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from jobsvc.domain.builtin_errors import ALGORITHM_UNKNOWN, FILESYSTEM_IO
from jobsvc.domain.outcome import Cause
from jobsvc.engines.carriage import Problem, read
from jobsvc.engines.kubernetes.records import Exit, JobRecord, PodRecord
from jobsvc.ports.remote_engine import Observation, Phase

IMAGE_NOW = frozenset({"InvalidImageName", "ErrImageNeverPull"})
IMAGE_LATER = frozenset(
    {"ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"}
)
"""The kubelet tries those again for ever."""
START_LATER = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError", "PreCreateHookError"})
START_SECONDS = 60.0
NOT_STARTED = frozenset({"StartError", "ContainerCannotRun"})
NODES = frozenset({"DeletionByTaintManager", "DeletionByPodGC"})
"""Reasons for which a pod is deleted when its node is silent, or is not there any more."""
DISRUPTION, READY, CONTAINERS_READY, SCHEDULED = "DisruptionTarget", "Ready", "ContainersReady", "PodScheduled"
DEADLINE, POLICY = "DeadlineExceeded", "PodFailurePolicy"
TOO_MUCH_OUTPUT = 'EmptyDir volume "output"'
"""What the kubelet says when there is more in it than its limit."""
MOST_WORDS = 300
MIB = 2**20
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Bounds:
    """Seconds after which what does not begin, or does not answer, is given up."""

    pull: float
    lost: float


def observation(job: JobRecord | None, pod: PodRecord | None, *, is_stopped: bool, now: datetime, limits: Bounds) -> Observation:
    """What became of a run; `is_stopped`: this worker has asked for its end."""
    if pod is None:
        return _without_pod(job, is_stopped=is_stopped)
    if pod.is_gone or pod.exit or pod.phase in {"Failed", "Succeeded"}:
        return _over(pod, is_stopped=is_stopped)
    if silence := _silence(pod, now, limits):
        return _observed(pod, Phase.ENDED, Cause.NODE_LOST, reason=silence)
    return _observed(pod, Phase.RUNNING) if pod.started else _waiting(pod, now, limits)


def _over(pod: PodRecord, *, is_stopped: bool) -> Observation:
    has_ended_first = pod.exit is not None and (pod.deleted is None or pod.has_ended_first)
    if pod.condition(DISRUPTION) and not (has_ended_first and pod.phase == "Succeeded"):
        return _disrupted(pod)
    if pod.exit and has_ended_first:
        return _ended(pod, pod.exit, is_stopped=is_stopped)
    if pod.is_gone or pod.exit:
        return _removed(is_stopped=is_stopped)
    if pod.fetch.exit and pod.fetch.exit.code and pod.reason != DEADLINE:
        return _not_fetched(pod, pod.fetch.exit)
    return _ended_unseen(pod)


def _not_fetched(pod: PodRecord, end: Exit) -> Observation:
    problem = last_words(end, "the container that fetches input files")
    seen = _observed(pod, Phase.ENDED, Cause.START_ERROR, reason=problem.reason)
    return replace(seen, error_name=problem.error_name)


def last_words(end: Exit, who: str) -> Problem:
    """Why a container that carries files ended: what it says itself, or what became of it."""
    with suppress(ValueError):
        return read(Problem, end.message)
    return Problem(FILESYSTEM_IO, f"{who} ended with {end.code} ({end.reason}): {end.message.strip()[-MOST_WORDS:]}")


def _removed(*, is_stopped: bool) -> Observation:
    return Observation(Phase.ENDED, Cause.CANCELED, reason="the job was canceled") if is_stopped else Observation(Phase.LOST)


def _without_pod(job: JobRecord | None, *, is_stopped: bool) -> Observation:
    if job is None:
        return _removed(is_stopped=is_stopped)
    if job.finish is None:
        return Observation(Phase.QUEUED, reason=_no_pod(job))
    if job.finish.reason == POLICY:
        return Observation(Phase.ENDED, Cause.EVICTED, reason=f"the cluster ended the pod: {job.finish.message}")
    if job.finish.reason == DEADLINE:
        return Observation(Phase.ENDED, Cause.TIMEOUT, reason="the cluster ended the job at its deadline")
    # Whether it completed or not: its log and its state were removed before they were read.
    return Observation(Phase.LOST)


def _no_pod(job: JobRecord) -> str:
    if job.is_suspended:
        return "the job is suspended in the cluster, as by a queue"
    # Events say why, as that a quota is used up; workers have no right to see those.
    return f"the cluster has not made the job's pod yet; if it stays like that, `kubectl describe job {job.handle}` says why"


def _observed(
    pod: PodRecord, phase: Phase, cause: Cause | None = None, exit_code: int | None = None, reason: str = ""
) -> Observation:
    started = pod.exit.started if pod.exit else pod.started
    ended = pod.exit.ended if pod.exit else None
    if started and ended and ended <= started:
        # The cluster counts whole seconds, and no run takes no time.
        ended = started + SECOND - timedelta(milliseconds=1)
    return Observation(phase, cause, exit_code, reason, pod.node, started, ended)


def _disrupted(pod: PodRecord) -> Observation:
    if TOO_MUCH_OUTPUT in pod.message:
        return _evicted(pod)
    why = pod.conditions[DISRUPTION]
    cause = Cause.NODE_LOST if why.reason in NODES else Cause.EVICTED
    return _observed(pod, Phase.ENDED, cause, reason=f"the cluster ended the pod ({why.reason}): {pod.message or why.message}")


def _ended(pod: PodRecord, end: Exit, *, is_stopped: bool) -> Observation:
    if pod.phase == "Failed" and pod.reason == DEADLINE:
        cause = Cause.CANCELED if is_stopped else Cause.TIMEOUT
        return _observed(pod, Phase.ENDED, cause, end.code or None, "the cluster ended the job at its deadline")
    if pod.phase == "Failed" and pod.reason == "Evicted":
        return _evicted(pod)
    if end.reason == "OOMKilled":
        return _observed(pod, Phase.ENDED, Cause.OOM, end.code, f"killed, because it used more than its memory{_limit(pod)}")
    if end.reason in NOT_STARTED:
        return _observed(pod, Phase.ENDED, Cause.START_ERROR, end.code, end.message or end.reason)
    if end.reason == "ContainerStatusUnknown":
        return _observed(pod, Phase.ENDED, Cause.NODE_LOST, reason="the node does not know any more what became of the container")
    return _observed(pod, Phase.ENDED, Cause.EXIT, end.code)


def _evicted(pod: PodRecord) -> Observation:
    seen = _observed(pod, Phase.ENDED, Cause.EVICTED, reason=f"the node ended the pod: {pod.message.strip()}")
    # Its own doing, and the same at every attempt.
    return replace(seen, error_name=ALGORITHM_UNKNOWN) if TOO_MUCH_OUTPUT in pod.message else seen


def _limit(pod: PodRecord) -> str:
    return f" of {int(pod.memory) / MIB:.0f} MiB" if pod.memory.isdecimal() else ""


def _ended_unseen(pod: PodRecord) -> Observation:
    """A pod that has ended, and whose container never began, or nobody knows how it ended."""
    if pod.phase == "Succeeded":
        return _observed(pod, Phase.ENDED, Cause.EXIT, 0)
    cause = Cause.TIMEOUT if pod.reason == DEADLINE else Cause.EVICTED
    return _observed(pod, Phase.ENDED, cause, reason=f"the node did not run the pod ({pod.reason}): {pod.message}")


def _silence(pod: PodRecord, now: datetime, limits: Bounds) -> str:
    """What to say of a node that has not been heard of for too long; the cluster says so by the conditions of the pod.

    A pod whose containers are ready is ready, too, unless its node is silent.
    """
    if pod.deleted and now - pod.deleted > timedelta(seconds=limits.lost) and pod.node:
        return f"the node {pod.node} does not end the pod that was deleted"
    ready, containers = pod.conditions.get(READY), pod.condition(CONTAINERS_READY)
    if not (pod.started and ready and containers) or ready.is_true or ready.since is None:
        return ""
    silent = (now - ready.since).total_seconds()
    return f"the node {pod.node} has been silent for {silent:.0f} s" if silent > limits.lost else ""


def _waiting(pod: PodRecord, now: datetime, limits: Bounds) -> Observation:
    scheduled = pod.conditions.get(SCHEDULED)
    if scheduled and not scheduled.is_true:
        return _observed(pod, Phase.QUEUED, reason=scheduled.message or scheduled.reason)
    if pod.fetch.is_running:
        return _observed(pod, Phase.QUEUED, reason="its input files are being fetched")
    reason, message = pod.fetch.waiting if pod.fetch.waiting[0] else pod.waiting
    sentence = f"{reason}: {message}" if message else reason or "the pod is being started"
    since = (now - scheduled.since).total_seconds() if scheduled and scheduled.since else 0.0
    if reason in IMAGE_NOW or (reason in IMAGE_LATER and since > limits.pull):
        return _observed(pod, Phase.ENDED, Cause.IMAGE, reason=f"the image cannot be had: {sentence}")
    if reason in START_LATER and since > START_SECONDS:
        return _observed(pod, Phase.ENDED, Cause.START_ERROR, reason=f"the container cannot be started: {sentence}")
    return _observed(pod, Phase.QUEUED, reason=sentence)
