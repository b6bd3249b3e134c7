"""Processes that stand still for longer than a lease, and then go on as if nothing had happened."""

import os
import signal
import time

import pytest

from tests.embedded.support import postmaster
from tests.faults.conftest import SETTINGS, Begin
from tests.stack.up import Up
from tests.waiting import until

JOBS = 24
SECONDS = 1.5 * float(SETTINGS["JOBSVC_LEASE_SECONDS"])


@pytest.mark.parametrize("victim", ["worker", "serve", "postgres", "up"])
def test_a_process_that_stands_still(shared_up: Up, begin: Begin, victim: str) -> None:
    trial = begin(shared_up)
    trial.submit(JOBS)
    trial.await_starts(JOBS // 4)
    pid = {"postgres": lambda: postmaster(shared_up.data_dir), "up": lambda: shared_up.pid}.get(
        victim, lambda: until(lambda: shared_up.part(victim))
    )()
    os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(SECONDS)
    finally:
        os.kill(pid, signal.SIGCONT)
    trial.check()
