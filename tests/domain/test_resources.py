"""What a job needs, with the numbers of docs/spec/behaviour/running.md."""

from typing import Any

import pytest

from jobsvc.domain.resources import allocated_resources, input_file_size, read_amounts, required_resources, with_memory
from jobsvc.domain.seed import ScalarResource, SeedManifest

MIB = 2**20


def manifest(*resources: ScalarResource) -> SeedManifest:
    """A manifest that asks for these resources."""
    return SeedManifest("count", "1.0.0", "1.0.0", "Count", "", 60, resources=resources)


def test_a_manifest_without_resources_gets_the_minimums() -> None:
    assert required_resources(manifest(), 0.0) == {"cpus": 0.25, "mem": 128.0, "disk": 0.0, "gpus": 0.0}


def test_amounts_below_the_minimum_are_raised_and_disk_follows_its_multiplier() -> None:
    asked = manifest(ScalarResource("cpus", 0.1), ScalarResource("disk", 10, input_multiplier=2.0))
    needed = required_resources(asked, 8.0)
    assert needed == {"cpus": 0.25, "mem": 128.0, "disk": 26, "gpus": 0.0}
    assert isinstance(needed["disk"], int)


def test_amounts_without_a_multiplier_are_floats_under_names_in_lower_case() -> None:
    needed = required_resources(manifest(ScalarResource("MEM", 256), ScalarResource("Tapes", 3)), 0.0)
    assert needed == {"cpus": 0.25, "mem": 256.0, "disk": 0.0, "gpus": 0.0, "tapes": 3.0}
    assert all(isinstance(amount, float) for amount in needed.values())


@pytest.mark.parametrize(
    ("resource", "size", "expected"),
    [
        (ScalarResource("mem", 0, input_multiplier=10.1), 13.0, 132),
        (ScalarResource("mem", 10, input_multiplier=1.0), 0.0, 128.0),
        (ScalarResource("gpus", 2), 0.0, 2.0),
        (ScalarResource("disk", 5), 8.0, 8.0),
        (ScalarResource("disk", 50), 8.0, 50.0),
        (ScalarResource("disk", 1, input_multiplier=0.1), 8.0, 8.0),
    ],
)
def test_an_amount_is_the_greatest_that_any_rule_asks_for(resource: ScalarResource, size: float, expected: float) -> None:
    needed = required_resources(manifest(resource), size)[resource.name]
    assert (needed, type(needed)) == (expected, type(expected))


def test_shared_memory_is_asked_of_no_node() -> None:
    asked = manifest(ScalarResource("sharedMem", 64, input_multiplier=0.5))
    assert "sharedmem" not in required_resources(asked, 3.0)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], 0.0),
        ([0], 0.0),
        ([1], 1.0),
        ([MIB], 1.0),
        ([MIB, 1], 2.0),
        # 3 MiB + 1 byte in two inputs, 1 MiB in one of them.
        ([3 * MIB + 1, MIB, 3 * MIB + 1], 8.0),
    ],
)
def test_the_size_of_the_input_is_in_whole_mebibytes(sizes: list[int], expected: float) -> None:
    size = input_file_size(sizes)
    assert size == expected
    assert isinstance(size, float)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, {}),
        ({"cpus": 4, "mem": 1.5}, {"cpus": 4.0, "mem": 1.5}),
        ({"version": "1.0", "resources": {"cpus": 4}}, {"cpus": 4.0}),
        ({"cpus": "4", "disk": None, "mem": [1], "gpus": 0, "shared": True}, {"gpus": 0.0}),
        ({"resources": [], "cpus": 1}, {"cpus": 1.0}),
    ],
)
def test_amounts_are_read_from_whatever_says_them(document: dict[str, Any], expected: dict[str, float]) -> None:
    assert read_amounts(document) == expected


@pytest.mark.parametrize(
    ("document", "amounts"),
    [
        ({"resources": {"cpus": 2.0, "mem": 512.0, "disk": 26}}, {"cpus": 2.0, "mem": 512.0, "disk": 26}),
        ({"resources": {"gpus": 1.0, "licences": 3.0}}, {"gpus": 1.0, "licences": 3.0}),
        ({}, {}),
        ({"version": "1.0"}, {}),
        ({"resources": None}, {}),
        ({"resources": []}, {}),
        ({"resources": {}}, {}),
    ],
)
def test_an_execution_names_every_common_resource(document: dict[str, Any], amounts: dict[str, float]) -> None:
    assert allocated_resources(document) == {"cpus": 0.0, "mem": 0.0, "disk": 0.0, "gpus": 0.0} | amounts


def test_memory_is_at_least_what_a_retry_gets() -> None:
    amounts: dict[str, float | int] = {"cpus": 1.0, "mem": 128.0}
    assert with_memory(amounts, 64) == amounts
    assert with_memory(amounts, 512.0) == {"cpus": 1.0, "mem": 512.0}
