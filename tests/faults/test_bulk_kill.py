"""A bulk operation goes on where it was when its process is killed."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.factories import manifest
from tests.faults.service import Service
from tests.stack.up import Up
from tests.waiting import until

JOBS = 300


@pytest.fixture
def service(up_on_database: Up) -> Iterator[Service]:
    """A client of the service."""
    with closing(Service(up_on_database.url)) as service:
        yield service


def test_a_cancel_survives_the_kill_of_everybody_who_works_on_it(up_on_database: Up, service: Service) -> None:
    job_type = service.ask("POST", "/v6/job-types/", json={"manifest": manifest("idle"), "is_paused": True})
    for _ in range(JOBS):
        service.submit(job_type["id"])
    location = service.accept("/v6/jobs/cancel/", {"job_type_ids": [job_type["id"]]})
    for name in ("serve", "worker"):
        up_on_database.kill(name)
    operation = until(lambda: done if (done := service.ask("GET", location))["state"] == "COMPLETED" else None)
    assert (operation["processed"], operation["done"], operation["matched"]) == (JOBS, JOBS, JOBS)
    assert service.counts() == {"CANCELED": JOBS}
