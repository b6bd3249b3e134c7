"""Who is in a process group, as this system shows it and as other systems do."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace

import pytest

from jobsvc.engines.process_group import ProcessGroup
from jobsvc.engines.process_table import all_processes, from_psutil, read_process

Leader = subprocess.Popen[bytes]


@pytest.fixture
def leader() -> Iterator[Leader]:
    """The leader of a group of its own."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


def test_a_group_runs_until_its_last_member_ended(leader: Leader) -> None:
    group = ProcessGroup.led_by(leader.pid)
    assert group.runs()
    leader.kill()
    os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)
    assert not group.runs()  # it is a zombie still
    leader.wait()
    assert not group.runs()


def test_a_later_group_of_the_same_id_is_another(leader: Leader) -> None:
    assert not ProcessGroup(leader.pid, "earlier").runs()


def test_psutil_says_the_same(leader: Leader) -> None:
    known = read_process(leader.pid)
    (shown,) = [process for process in all_processes() if process.pid == leader.pid]
    assert known is not None
    assert replace(known, start_time=shown.start_time) == shown
    assert known in list(from_psutil())
    assert read_process(leader.pid) == known


def test_psutil_shows_zombies_until_they_are_reaped(leader: Leader) -> None:
    leader.kill()
    os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)
    zombie = read_process(leader.pid)
    assert zombie is not None
    assert zombie.zombie
    leader.wait()
    assert read_process(leader.pid) is None
