"""Two services on one data directory share one database, and either goes on without the other."""

import os
import signal

from tests.faults.conftest import Begin, StartUp
from tests.stack.up import Up, children, command_line
from tests.waiting import until

JOBS = 24
SLOTS_OF_ONE = 16


def test_one_of_two_services_dies(start_up: StartUp, begin: Begin) -> None:
    first, second = start_up(), start_up()
    for up in (first, second):
        up.await_answer()
    trials = [begin(first), begin(second)]
    for trial in trials:
        trial.submit(JOBS)
    trials[0].await_starts(JOBS // 4)
    owner = owner_of_database(first, second)
    owner.process.kill()
    owner.process.wait()
    for trial in trials:
        trial.service = trials[0 if owner is second else 1].service
        trial.check()


def test_a_worker_that_stood_still_finds_its_jobs_taken_over(start_up: StartUp, begin: Begin) -> None:
    """Its jobs ran on meanwhile, and ended: none of that may count, since the other worker has run them again."""
    first, second = start_up(), start_up()
    for up in (first, second):
        up.await_answer()
    trial = begin(first, seconds=4)
    trial.submit(JOBS)
    # More than one worker has slots for: some of them run on the one that is stopped.
    trial.await_starts(SLOTS_OF_ONE + 4)
    worker = until(lambda: first.part("worker"))
    os.kill(worker, signal.SIGSTOP)
    try:
        until(lambda: trial.started_again() >= 1)
    finally:
        os.kill(worker, signal.SIGCONT)
    trial.check()
    assert first.part("worker") == worker


def owner_of_database(first: Up, second: Up) -> Up:
    """Whose child the server is."""
    return first if any("watcher.py" in command_line(pid) for pid in children(first.pid)) else second
