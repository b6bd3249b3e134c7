"""Work, whims and deaths at random: nothing is lost or doubled, and what is told of it is true.

`make soak SECONDS=3600` does it for an hour.
"""

import logging
import math
import os
import random
import time
from pathlib import Path

import pytest

from tests.faults.chronicle import Chronicle
from tests.faults.conftest import Begin, StartUp
from tests.faults.deaths import kill, launchers, start_again, victims
from tests.faults.ledger import Trial
from tests.faults.whims import Whims
from tests.stack.up import Up
from tests.webhooks.receiver import receiving_in_thread

log = logging.getLogger(__name__)
SECONDS = float(os.environ.get("JOBSVC_TEST_SOAK_SECONDS", "12"))
ROUND = 600
"""Seconds after which all has to be calm for a moment, and true: what is wrong shows soon."""
CALM_LIMIT = 240.0  # seconds
ACTS = 4
"""What is done between two deaths."""
SETTINGS = {"JOBSVC_WEBHOOK_PRIVATE": "1"}


def strike(up: Up, start_up: StartUp, chance: random.Random) -> Up:
    """Kill one of all processes; gives the service that goes on."""
    living = victims(up) | {"up": up.pid} | {f"launcher {number}": pid for number, pid in enumerate(launchers(up))}
    name = chance.choice(sorted(living))
    log.warning("kill %s", name)
    kill(living[name])
    if name != "up":
        return up
    up.process.wait()
    return start_again(start_up, up, SETTINGS)


@pytest.mark.timeout(SECONDS * 2 + 300)
def test_deaths_at_random(start_up: StartUp, begin: Begin, tmp_path: Path) -> None:
    seed = int(os.environ.get("JOBSVC_TEST_SOAK_SEED", random.randrange(2**32)))  # noqa: S311 - no secret
    log.warning("seed %d", seed)
    chance = random.Random(seed)  # noqa: S311 - no secret
    up = start_up(SETTINGS)
    up.await_answer()
    whims = Whims(begin(up).service, tmp_path, up.data_dir, chance)
    with receiving_in_thread() as receiver:
        whims.service.ask("POST", "/v6/webhooks/", json={"url": receiver.url, "types": ["job.*", "execution.*"]})
        for begun in range(0, math.ceil(SECONDS), ROUND):
            trial = begin(up)
            up = disturb(up, start_up, trial, whims, chance, min(SECONDS - begun, ROUND))
            trial.check(CALM_LIMIT)
            purged = whims.check()
            chronicle = Chronicle(trial.service)
            chronicle.check(purged)
            chronicle.check_received(receiver)
            log.warning(
                "%d jobs, %d of whims, %d purged, %d held", len(trial.accepted), len(whims.jobs), len(purged), len(whims.held)
            )


def disturb(up: Up, start_up: StartUp, trial: Trial, whims: Whims, chance: random.Random, seconds: float) -> Up:
    """Work, whims and deaths for so long; gives the service that goes on."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        trial.submit(2)
        for _ in range(ACTS):
            whims.act()
        up = strike(up, start_up, chance)
        time.sleep(chance.uniform(0, 1))
    return up
