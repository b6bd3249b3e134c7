"""What jobs need and are given, in the columns of the older generation."""

import pytest

from jobsvc.domain.seed import ScalarResource
from jobsvc.domain.v3.records import V3Scheduled
from jobsvc.domain.v3.resources import V3Required, V3TypeRequired, required, scheduled, type_required

NOTHING: tuple[ScalarResource, ...] = ()
SMALL = (ScalarResource("cpus", 2), ScalarResource("MEM", 64), ScalarResource("disk", 10))
GROWING = (ScalarResource("cpus", 0.5), ScalarResource("mem", 512, 2), ScalarResource("Disk", 10, 2.0))


@pytest.mark.parametrize(
    ("resources", "size", "expected"),
    [
        (NOTHING, None, V3Required(0.25, 128.0, 0.0, 0.0)),
        (NOTHING, 8.0, V3Required(0.25, 128.0, 8.0, 0.0)),
        (SMALL, 0.0, V3Required(2.0, 128.0, 0.0, 10.0)),
        (SMALL, 4.0, V3Required(2.0, 128.0, 4.0, 6.0)),
        (GROWING, 8.0, V3Required(0.5, 528.0, 8.0, 18.0)),
    ],
)
def test_what_a_job_needs(resources: tuple[ScalarResource, ...], size: float | None, expected: V3Required) -> None:
    result = required(resources, size)
    assert result == expected
    assert {type(item) for item in result} == {float}


def test_what_jobs_of_a_type_need() -> None:
    assert type_required(NOTHING) == V3TypeRequired(0.25, 128.0, 0.0, 0.0)
    assert type_required(SMALL) == V3TypeRequired(2.0, 128.0, 10.0, 0.0)
    assert type_required(GROWING) == V3TypeRequired(0.5, 512.0, 10.0, 2.0)


def test_what_an_execution_was_given() -> None:
    result = {"version": "1.0", "resources": {"cpus": 0.5, "mem": 512, "disk": 26, "gpus": 0.0}}
    assert scheduled(result, 8.0) == V3Scheduled(0.5, 512.0, 8.0, 18.0, 26.0)
    assert scheduled(result, None) == V3Scheduled(0.5, 512.0, 0.0, 26.0, 26.0)


def test_an_attempt_that_was_canceled_in_the_queue_was_given_nothing() -> None:
    result = {"resources": {"cpus": 0.0, "mem": 0.0, "disk": 0.0}}
    assert scheduled(result, 8.0) == V3Scheduled(0.0, 0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("waiting", [{}, {"resources": None}, {"resources": {}}])
def test_nothing_is_known_of_an_attempt_that_waits(waiting: dict[str, None]) -> None:
    assert scheduled(waiting, 8.0) == V3Scheduled(None, None, None, None, None)
