"""What a job needs, in the columns that the older generation has for it: cores, and MiB of memory and disk.

A manifest asks for the disk of a job as a whole. Here it is what the input takes and, for output, what is left: both
together are what the job is given.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from jobsvc.domain.resources import required_amounts
from jobsvc.domain.seed import ScalarResource
from jobsvc.domain.v3.records import V3Scheduled


class V3Required(NamedTuple):
    """What a job needs."""

    cpus: float
    mem: float
    disk_in: float
    disk_out: float


class V3TypeRequired(NamedTuple):
    """What jobs of a type need: disk for output is `disk_out_const`, and `disk_out_mult` for each MiB of input."""

    cpus: float
    mem: float
    disk_out_const: float
    disk_out_mult: float


def required(resources: Iterable[ScalarResource], input_file_size: float | None) -> V3Required:
    """What a job with so many MiB of input needs; a size that is not known is none."""
    size = input_file_size or 0.0
    amounts = required_amounts(resources, size)
    return V3Required(float(amounts["cpus"]), float(amounts["mem"]), size, float(amounts["disk"] - size))


def type_required(resources: Iterable[ScalarResource]) -> V3TypeRequired:
    """What jobs of a type need, as its manifest says."""
    asked = tuple(resources)
    amounts = required(asked, None)
    multipliers = (item.input_multiplier for item in asked if item.name.lower() == "disk")
    return V3TypeRequired(amounts.cpus, amounts.mem, amounts.disk_out, float(next(multipliers, None) or 0.0))


def scheduled(resources: Mapping[str, Any], input_file_size: float | None) -> V3Scheduled:
    """What an execution was given, of its resources document; all None when that does not say (it waits)."""
    amounts: Mapping[str, float] = resources.get("resources") or {}
    if not amounts:
        return V3Scheduled(None, None, None, None, None)
    disk = float(amounts.get("disk", 0.0))
    size = min(input_file_size or 0.0, disk)
    return V3Scheduled(float(amounts.get("cpus", 0.0)), float(amounts.get("mem", 0.0)), size, disk - size, disk)
