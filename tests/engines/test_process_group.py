"""Who is in a process group, as this system tells it and as other systems do."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from jobsvc.engines.process_group import ProcessGroup
from jobsvc.engines.process_table import all_processes, from_ps

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


def test_ps_tells_the_same(leader: Leader) -> None:
    (as_ps_says,) = from_ps("-p", str(leader.pid))
    (known,) = [all_process for all_process in all_processes() if all_process.pid == leader.pid]
    assert (as_ps_says.pid, as_ps_says.group, as_ps_says.zombie) == (known.pid, known.group, known.zombie)
    assert as_ps_says in list(from_ps("-A"))
    assert list(from_ps("-p", str(leader.pid))) == [as_ps_says]
