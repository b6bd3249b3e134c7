"""A worker that cannot start processes, or open files, for a while."""

import resource
import time

import pytest

from tests.faults.conftest import Begin
from tests.stack.up import Up, children, until

JOBS = 24
SECONDS = 3.0
MORE_DESCRIPTORS = 3


@pytest.mark.parametrize("share", ["none", "few"])
def test_a_worker_without_descriptors(shared_up: Up, begin: Begin, share: str) -> None:
    """Executions that cannot be started are errors of the system: they are told as such and tried again."""
    trial = begin(shared_up)
    trial.submit(JOBS // 2)
    trial.await_starts(JOBS // 4)
    worker = until(lambda: shared_up.part("worker"))
    victims = [worker, *children(worker)]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_NOFILE) for pid in victims}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, resource.RLIMIT_NOFILE, ({"none": 4, "few": 30}[share], hard))
    trial.submit(JOBS // 2)
    time.sleep(SECONDS)
    for pid, limits in before.items():
        if pid in {worker, *children(worker)}:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)
    trial.check()
