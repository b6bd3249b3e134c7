"""What the kernel counts for a container; real containers are in the contracts of `docker`."""

import os
from pathlib import Path
from typing import Any

import pytest

from jobsvc.domain.outcome import Usage
from jobsvc.engines.docker.usage import ControlGroup, UsageSampler

CPU_STAT = "usage_usec 2500000\nuser_usec 2000000\nsystem_usec 500000\n"


def inspected(pid: int, container_id: str = "0123456789abcdef") -> dict[str, Any]:
    """What a runtime says of a running container."""
    return {"Id": container_id, "State": {"Pid": pid}}


def test_groups_of_version_2(tmp_path: Path) -> None:
    (tmp_path / "cpu.stat").write_text(CPU_STAT)
    (tmp_path / "memory.peak").write_text(f"{50 << 20}\n")
    assert ControlGroup(tmp_path, tmp_path, is_unified=True).read() == Usage(2.5, 50.0)


def test_groups_of_version_1(tmp_path: Path) -> None:
    (tmp_path / "cpuacct.usage").write_text("2500000000\n")
    (tmp_path / "memory.max_usage_in_bytes").write_text(f"{50 << 20}\n")
    assert ControlGroup(tmp_path, tmp_path, is_unified=False).read() == Usage(2.5, 50.0)


@pytest.mark.parametrize("content", ["", "max\n", "nr_periods 0\n", "one two three"])
def test_what_one_file_does_not_say_is_unknown(tmp_path: Path, content: str) -> None:
    (tmp_path / "cpu.stat").write_text(CPU_STAT)
    (tmp_path / "memory.peak").write_text(content)
    assert ControlGroup(tmp_path, tmp_path, is_unified=True).read() == Usage(2.5, None)
    (tmp_path / "cpu.stat").write_text(content)
    (tmp_path / "memory.peak").write_text("1048576")
    assert ControlGroup(tmp_path, tmp_path, is_unified=True).read() == Usage(None, 1.0)


@pytest.mark.parametrize("is_unified", [True, False])
def test_a_group_that_is_gone_says_nothing(tmp_path: Path, is_unified: bool) -> None:  # noqa: FBT001
    assert ControlGroup(tmp_path / "gone", tmp_path / "gone", is_unified=is_unified).read() is None


@pytest.mark.parametrize("pid", [0, 1, os.getpid(), 2**30], ids=["none", "init", "this one", "nobody"])
def test_a_process_that_is_not_the_container_has_no_group(pid: int) -> None:
    # The runtime is on another host, where this number is another process.
    assert ControlGroup.of(inspected(pid)) is None


async def test_a_container_of_another_host_is_unknown() -> None:
    sampler = UsageSampler()
    sampler.begin("run", inspected(os.getpid()))
    assert sampler.last("run") == sampler.last("no such run") == Usage()
    await sampler.close()
