"""Jobs that run elsewhere go on whatever is killed of the service: none is lost, none runs twice, no line is missing."""

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.conftest import Begin, StartUp
from tests.faults.deaths import kill, start_again, victims
from tests.parts.containers import SEED_IMAGE

JOBS = 100
LEASE = "2"


class Engine(NamedTuple):
    """An engine, and how a service is told to use it."""

    variables: dict[str, str]
    image: str | None


@pytest.fixture(params=["podman", "docker", "slurm"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Every engine whose runs outlive the worker, on its real part."""
    if request.param == "slurm":
        conf: Path = request.getfixturevalue("slurm_conf")
        yield Engine({"JOBSVC_ENGINES": "slurm:40", "JOBSVC_ENGINE": "slurm", "SLURM_CONF": str(conf)}, None)
    else:
        url: str = request.getfixturevalue("podman_url" if request.param == "podman" else "dockerd_url")
        yield Engine({"JOBSVC_ENGINES": "docker:12", "JOBSVC_ENGINE": "docker", "JOBSVC_DOCKER_URL": url}, SEED_IMAGE)


@pytest.mark.timeout(900)
def test_every_job_runs_once_whoever_dies(engine: Engine, start_up: StartUp, begin: Begin) -> None:
    variables = {"JOBSVC_LEASE_SECONDS": LEASE} | engine.variables
    up = start_up(variables)
    up.await_answer()
    trial = begin(up, seconds=1, image=engine.image)
    trial.submit(JOBS)
    trial.await_starts(5)
    chance = random.Random(JOBS)  # noqa: S311 - no secret
    while trial.ended() < JOBS * 2 // 3:
        living = victims(up) | {"up": up.pid}
        name = chance.choice(sorted(living))
        kill(living[name])
        if name == "up":
            up.process.wait()
            up = start_again(start_up, up, variables)
        time.sleep(chance.uniform(1, 4))
    trial.check(600)
    assert trial.started_again() == 0
    assert trial.service.retried(trial.job_type_id) == 0
