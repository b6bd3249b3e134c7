"""What it means for an execution that its run ended so."""

from jobsvc.domain.builtin_errors import (
    ALGORITHM_UNKNOWN,
    DOCKER_TASK_LAUNCH,
    DOCKER_TERMINATED,
    NODE_LOST,
    PULL,
    RESOURCE_STARVATION,
    TIMEOUT,
)
from jobsvc.domain.outcome import Cause, Failed, TaskTimes
from jobsvc.domain.seed import SeedManifest
from jobsvc.engines.outcomes import failure
from jobsvc.ports.remote_engine import Observation, Phase

_ERRORS = {
    Cause.TIMEOUT: TIMEOUT,
    Cause.OOM: ALGORITHM_UNKNOWN,
    Cause.EVICTED: NODE_LOST,
    Cause.NODE_LOST: NODE_LOST,
    Cause.IMAGE: PULL,
    Cause.UNSCHEDULABLE: RESOURCE_STARVATION,
    Cause.START_ERROR: DOCKER_TASK_LAUNCH,
    Cause.KILLED: DOCKER_TERMINATED,
    Cause.CANCELED: DOCKER_TERMINATED,
}
SIGNALS = 128


def failed(observation: Observation, manifest: SeedManifest) -> Failed:
    """The outcome of a run that did not end well and was not told to end."""
    times = observation.times
    if observation.phase is Phase.LOST:
        return Failed(DOCKER_TERMINATED, times, reason="the run vanished: somebody removed it")
    if observation.error_name:
        return Failed(observation.error_name, times, observation.exit_code, observation.reason, observation.cause)
    cause = observation.cause or Cause.EXIT
    if cause is Cause.EXIT:
        return _exit(observation.exit_code or 0, manifest, times)
    return Failed(_ERRORS[cause], times, observation.exit_code, observation.reason or f"the run ended: {cause}", cause)


def _exit(exit_code: int, manifest: SeedManifest, times: TaskTimes) -> Failed:
    if exit_code > SIGNALS and not any(error.code == exit_code for error in manifest.errors):
        return failure(SIGNALS - exit_code, manifest, times)
    return failure(exit_code, manifest, times)
