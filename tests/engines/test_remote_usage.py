"""What an engine says of a run's usage is in the outcome of its execution, however the run ended."""

from datetime import UTC, datetime

import pytest

from jobsvc.domain.outcome import Cause, TaskTimes, Usage
from jobsvc.engines.remote.interpreting import failed
from jobsvc.ports.remote_engine import Observation, Phase
from tests.contracts.engine_bench import manifest

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
USAGE = Usage(1.5, 64.0)


@pytest.mark.parametrize("cause", list(Cause))
def test_of_a_run_that_failed(cause: Cause) -> None:
    observation = Observation(Phase.ENDED, cause, 3, started=NOON, ended=NOON, usage=USAGE)
    assert failed(observation, manifest()).times == TaskTimes(NOON, NOON, USAGE)


def test_of_a_run_that_vanished() -> None:
    assert failed(Observation(Phase.LOST, usage=USAGE), manifest()).times.usage == USAGE
