"""What a job needs to run: amounts by resource, in cores, MiB and pieces (docs/spec/behaviour/running.md#resources)."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from jobsvc.domain.seed import ScalarResource, SeedManifest

SHARED_MEMORY = "sharedmem"
MINIMUMS = {"cpus": 0.25, "mem": 128.0, "disk": 0.0, "gpus": 0.0}
_BYTES_PER_MIB = 2**20


def required_resources(manifest: SeedManifest, input_file_size: float) -> dict[str, float | int]:
    """What a job with `input_file_size` MiB of input needs, by resource name in lower case.

    An amount that comes of an input multiplier is an int, which is how it is printed; all others are floats.
    Shared memory is no requirement of a node.
    """
    return required_amounts(manifest.resources, input_file_size)


def required_amounts(resources: Iterable[ScalarResource], input_file_size: float) -> dict[str, float | int]:
    """The same for the resources of a manifest alone."""
    amounts: dict[str, float | int] = dict(MINIMUMS)
    for resource in resources:
        name = resource.name.lower()
        amounts[name] = max(_amount(resource, input_file_size), MINIMUMS.get(name, 0.0))
    amounts.pop(SHARED_MEMORY, None)
    amounts["disk"] = max(amounts["disk"], input_file_size)
    return amounts


def with_memory(amounts: dict[str, float | int], least: float) -> dict[str, float | int]:
    """The same amounts, but at least so many MiB of memory."""
    return amounts | {"mem": least} if least > amounts["mem"] else amounts


def read_amounts(document: Mapping[str, Any]) -> dict[str, float]:
    """What a document says that there is: the amounts themselves, or as `resources` of it; what is no number is left out."""
    inner = document.get("resources")
    amounts = inner if isinstance(inner, dict) else document
    return {
        name: float(value) for name, value in amounts.items() if isinstance(value, int | float) and not isinstance(value, bool)
    }


def allocated_resources(document: Mapping[str, Any]) -> dict[str, float | int]:
    """What an execution was given, of the document that is stored with it: all that is common, 0.0 where it does not say.

    Executions that come from elsewhere may know of no gpus, or of nothing at all.
    """
    amounts = document.get("resources")
    return dict.fromkeys(MINIMUMS, 0.0) | (amounts if isinstance(amounts, dict) else {})


def input_file_size(sizes_in_bytes: Iterable[int]) -> float:
    """All sizes together in MiB, rounded up; a file that is in two inputs is given, and counts, twice."""
    return float(-(-sum(sizes_in_bytes) // _BYTES_PER_MIB))


def _amount(resource: ScalarResource, size: float) -> float | int:
    if resource.input_multiplier is None:
        return float(resource.value)
    return math.ceil(resource.input_multiplier * size + resource.value)
