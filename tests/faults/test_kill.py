"""Nothing is lost and nothing is done twice when processes are killed in the middle of their work."""

import logging
import os
import random
import signal
import time
from contextlib import suppress

import pytest

from tests.embedded.support import postmaster, watcher
from tests.faults.conftest import Begin, StartUp
from tests.stack.up import Up, children, command_line
from tests.waiting import until

log = logging.getLogger(__name__)
JOBS = 32
RANDOM_SECONDS = 12.0
ANSWERS = "jobsvc answers at"
LAUNCHER = "job_supervisor.py"


def victims(up: Up) -> dict[str, int | None]:
    """The processes of a service that is up, by name; None: it is being started just now."""
    result: dict[str, int | None] = {"worker": up.part("worker"), "serve": up.part("serve")}
    with suppress(OSError, ValueError, StopIteration):
        result |= {"postgres": postmaster(up.data_dir), "watcher": watcher(up.data_dir)}
    return result


def kill(pid: int | None) -> None:
    """Kill a process that may be gone already."""
    if pid is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("victim", ["worker", "serve", "postgres", "watcher", "all"])
def test_no_job_is_lost_or_completed_twice(shared_up: Up, begin: Begin, victim: str) -> None:
    trial = begin(shared_up)
    trial.submit(JOBS)
    trial.await_starts(JOBS // 2)
    for name, pid in victims(shared_up).items():
        if victim in {name, "all"}:
            kill(pid)
    trial.check()


def start_again(start_up: StartUp, before: Up) -> Up:
    """Start the service until it runs, as a service manager does: what is left of the dead one has the port for a moment."""
    starts = len(before.says(ANSWERS))

    def try_it() -> Up | None:
        up = start_up({"JOBSVC_PORT": str(before.port)})
        until(lambda: up.process.poll() is not None or len(up.says(ANSWERS)) > starts)
        return up if up.process.poll() is None else None

    return until(try_it)


def test_the_death_of_the_supervisor(up: Up, start_up: StartUp, begin: Begin) -> None:
    trial = begin(up)
    trial.submit(JOBS)
    trial.await_starts(JOBS // 2)
    up.process.kill()
    up.process.wait()
    start_again(start_up, up)
    trial.check()


def test_deaths_at_random(up: Up, start_up: StartUp, begin: Begin) -> None:
    seed = random.randrange(2**32)  # noqa: S311 - no secret
    log.warning("seed %d", seed)
    chance = random.Random(seed)  # noqa: S311 - no secret
    trial = begin(up)
    deadline = time.monotonic() + RANDOM_SECONDS
    while time.monotonic() < deadline:
        trial.submit(2)
        living = victims(up) | {"up": up.pid} | {f"launcher {number}": pid for number, pid in enumerate(launchers(up))}
        name = chance.choice(sorted(living))
        log.warning("kill %s", name)
        kill(living[name])
        if name == "up":
            up.process.wait()
            up = start_again(start_up, up)
        time.sleep(chance.uniform(0, 1))
    trial.check()


def launchers(up: Up) -> list[int]:
    """The processes between the worker and its jobs: one that starts them, and one for each."""
    worker = up.part("worker")
    first = [pid for pid in (children(worker) if worker else []) if LAUNCHER in command_line(pid)]
    return first + [child for pid in first for child in children(pid)]
