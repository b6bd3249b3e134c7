"""A bulk operation goes on where it was when its process is killed."""

import os
import signal
import time

from jobsvc.stack import Stack
from tests.factories import manifest
from tests.faults.test_kill import Service, service, stack

__all__ = ["service", "stack"]
JOBS = 300


def test_a_cancel_survives_the_kill_of_everybody_who_works_on_it(stack: Stack, service: Service) -> None:
    job_type = service.ask("POST", "/v6/job-types/", json={"manifest": manifest("idle"), "is_paused": True})
    for _ in range(JOBS):
        service.ask("POST", "/v6/jobs/", json={"job_type_id": job_type["id"]})
    location = service.accept("/v6/jobs/cancel/", {"job_type_ids": [job_type["id"]]})
    for name in ("serve", "worker"):
        pid = stack.pids[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while (operation := service.ask("GET", location))["state"] != "COMPLETED":
        assert time.monotonic() < deadline, operation
        time.sleep(0.1)
    assert (operation["processed"], operation["done"], operation["matched"]) == (JOBS, JOBS, JOBS)
    assert service.counts() == {"CANCELED": JOBS}
