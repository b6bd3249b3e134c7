"""Parts that die are started again, and what hinders that is said and tried again: the supervisor never gives up silently."""

import os
import re
import resource
import signal
import socket
import sys
import time
from pathlib import Path

import httpx
import pytest

from jobsvc.stack.supervisor import RESTART_SECONDS, ChildSupervisor
from tests.waiting import until

from .conftest import StartUp

DOWN = "stack.down"
PARTS = ("serve", "worker")


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_was_killed_comes_back(start_up: StartUp, part: str) -> None:
    up = start_up()
    # At once, before the supervisor knows that it answers.
    until(up.answers)
    before = up.kill(part)
    up.await_other(part, before)
    up.await_answer()
    assert up.says(DOWN, part, "killed by SIGKILL")
    assert up.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("limit", "small"), [(resource.RLIMIT_NOFILE, 4), (resource.RLIMIT_AS, 2**20)], ids=["descriptors", "memory"]
)
def test_a_process_that_cannot_be_started_is_tried_again(start_up: StartUp, limit: int, small: int) -> None:
    up = start_up()
    up.await_answer()
    soft, hard = resource.prlimit(up.pid, limit)
    resource.prlimit(up.pid, limit, (small, hard))
    before = {part: up.kill(part) for part in PARTS}
    until(lambda: all(up.says(DOWN, f"child={part}", "failures=3") for part in PARTS))
    resource.prlimit(up.pid, limit, (soft, hard))
    for part in PARTS:
        up.await_other(part, before[part])
    up.await_answer()
    assert up.end(signal.SIGTERM) == 0


def test_an_interpreter_that_is_away_or_broken_is_tried_after_longer_and_longer_waits(start_up: StartUp, tmp_path: Path) -> None:
    python = tmp_path / "python"
    up = start_up(python=own_interpreter(python), variables={"PYTHONPATH": os.pathsep.join(sys.path)})
    up.await_answer()
    python.unlink()
    before = up.kill("worker")
    until(lambda: up.says(DOWN, "worker", str(python), "No such file"))
    python.symlink_to("/bin/false")
    until(lambda: up.says(DOWN, "worker", "exit code 1"))
    until(lambda: up.says(DOWN, "worker", "failures=4"))
    waits = [float(wait) for wait in re.findall(r"next_try_seconds=([\d.]+)", up.said)]
    assert waits[:4] == list(RESTART_SECONDS)
    assert up.answers()
    python.unlink()
    own_interpreter(python)
    up.await_other("worker", before)
    python.unlink()
    up.kill("worker")
    begun = time.monotonic()
    assert up.end(signal.SIGTERM) == 0
    assert time.monotonic() - begun < 10


def test_the_port_stays_taken_and_calls_wait_while_the_api_is_started_again(start_up: StartUp) -> None:
    up = start_up()
    up.await_answer()
    up.await_other("serve", up.kill("serve"))
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            thief.bind(("127.0.0.1", up.port))
    assert httpx.get(f"{up.url}/v6/version/", timeout=60).status_code == 200
    assert up.end(signal.SIGTERM) == 0


def test_a_port_that_is_taken_is_said_at_once(start_up: StartUp) -> None:
    first = start_up("first")
    first.await_answer()
    second = start_up("second", variables={"JOBSVC_PORT": str(first.port)})
    assert second.process.wait(30) == 1
    assert second.says("jobsvc: Port", str(first.port), "cannot be used")
    assert first.answers()


class Impossible:
    """Something that cannot even be looked at."""

    name = "impossible"

    def start(self) -> None:
        """Not reached."""

    def is_running(self) -> bool:
        """End the thread that looks."""
        raise SystemExit

    def ending(self) -> str:
        """Not reached."""
        return ""


def test_a_keeper_that_ends_is_told_of() -> None:
    keeper = ChildSupervisor([Impossible()])
    keeper.start()
    until(lambda: keeper.has_failed, 10)
    keeper.stop()


def own_interpreter(path: Path) -> Path:
    """An interpreter at a path that can be taken away."""
    path.symlink_to(Path(sys.executable).resolve())
    return path
