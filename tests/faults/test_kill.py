"""Nothing is lost and nothing is done twice when processes are killed in the middle of their work."""

import pytest

from tests.faults.conftest import Begin, StartUp
from tests.faults.deaths import kill, start_again, victims
from tests.stack.up import Up

JOBS = 32


@pytest.mark.parametrize("victim", ["worker", "serve", "postgres", "watcher", "all"])
def test_no_job_is_lost_or_completed_twice(shared_up: Up, begin: Begin, victim: str) -> None:
    trial = begin(shared_up)
    trial.submit(JOBS)
    trial.await_starts(JOBS // 2)
    for name, pid in victims(shared_up).items():
        if victim in {name, "all"}:
            kill(pid)
    trial.check()


def test_the_death_of_the_supervisor(up: Up, start_up: StartUp, begin: Begin) -> None:
    trial = begin(up)
    trial.submit(JOBS)
    trial.await_starts(JOBS // 2)
    up.process.kill()
    up.process.wait()
    start_again(start_up, up)
    trial.check()
