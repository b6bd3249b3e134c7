"""The service stops in order on every signal that means so, at every moment, and nothing of it is left."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.waiting import until

from .conftest import StartUp
from .up import children, command_line, running_up, will_hear

MOMENTS = (0.1, 0.5, 1.0, 2.0, 4.0)  # seconds; the start takes that long on a slow machine
# Only root may do so without a user namespace, and in one it could not open what other users own.
AS_ROOT = () if os.geteuid() == 0 else ("--user", "--map-root-user")
AS_FIRST = ("unshare", *AS_ROOT, "--pid", "--fork", "--mount-proc", "--kill-child")


@pytest.mark.parametrize(
    "numbers",
    [
        (signal.SIGTERM,),
        (signal.SIGINT,),
        (signal.SIGHUP,),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGINT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP),
    ],
    ids=lambda numbers: "-".join(signal.Signals(number).name for number in numbers),
)
def test_a_signal_stops_everything(start_up: StartUp, numbers: tuple[int, ...]) -> None:
    up = start_up()
    up.await_answer()
    assert up.end(*numbers) == 0
    assert "Traceback" not in up.said


def test_nohup_is_respected(start_up: StartUp) -> None:
    up = start_up(prefix=("nohup",))
    up.await_answer()
    up.process.send_signal(signal.SIGHUP)
    before = up.kill("worker")
    up.await_other("worker", before)
    assert up.end(signal.SIGTERM) == 0


def test_a_signal_while_a_part_is_started_again(start_up: StartUp) -> None:
    up = start_up()
    up.await_answer()
    up.kill("worker")
    up.kill("serve")
    assert up.end(signal.SIGTERM) == 0


def test_a_part_that_does_not_obey_is_killed(start_up: StartUp) -> None:
    up = start_up(variables={"JOBSVC_DRAIN_SECONDS": "0", "JOBSVC_GRACE_SECONDS": "0.1"})
    up.await_answer()
    pid = until(lambda: up.part("worker"))
    os.kill(pid, signal.SIGSTOP)
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(30) == 0
    assert up.says("stack.killed", "worker")
    assert up.left() == []


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_signal_during_the_start(tmp_path: Path, moment: float) -> None:
    with running_up(tmp_path) as up:
        time.sleep(moment)
        begun = time.monotonic()
        # Before there is anything to stop, the signal does what it does to every program.
        assert up.end(signal.SIGTERM) in {0, -signal.SIGTERM}
        assert time.monotonic() - begun < 10
        assert "Traceback" not in up.said


@pytest.mark.parametrize("redirections", ["<&- >&- 2>&-", "2>&-", ">/dev/full 2>/dev/full"])
def test_streams_that_are_closed_or_full_are_no_problem(start_up: StartUp, redirections: str) -> None:
    up = start_up(redirections=redirections)
    up.await_answer()
    before = up.kill("worker")
    up.await_other("worker", before)
    assert up.end(signal.SIGTERM) == 0


def test_a_reader_of_the_log_that_goes_away_is_no_problem(start_up: StartUp) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    up = start_up(output=writing)
    os.close(writing)
    up.await_answer()
    before = up.kill("worker")
    up.await_other("worker", before)
    assert up.end(signal.SIGTERM) == 0


def test_the_first_process_of_a_container_passes_signals_on_and_reaps(start_up: StartUp) -> None:
    up = start_up(prefix=AS_FIRST)
    up.await_answer()
    first = until(lambda: next(iter(children(up.pid)), None))
    # A process whose parent died: it becomes a child of the first one, and has to be gone when it is dead.
    orphan = ["nsenter", "--target", str(first), "--pid", "--", "sh", "-c", "sleep 0.2 & sleep 0.1"]
    subprocess.run(orphan, check=True)
    until(lambda: len(children(first)) == 1, 10)
    os.kill(first, signal.SIGTERM)
    assert up.process.wait(20) == 0
    assert up.left() == []


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_the_first_process_can_be_stopped_while_it_starts(tmp_path: Path, command: str) -> None:
    with running_up(tmp_path, prefix=AS_FIRST, command=command) as up:
        first = until(lambda: next((pid for pid in children(up.pid) if children(pid)), None))
        os.kill(first, signal.SIGTERM)
        assert up.process.wait(10) in {0, 128 + signal.SIGTERM}


def is_listening(pid: int) -> bool:
    """Whether a first process keeps a signal for later, or takes it: before that the kernel drops it."""
    return not command_line(pid).startswith("unshare") and will_hear(pid, signal.SIGTERM)


@pytest.mark.parametrize("moment", [0, 0.02, 0.1])
def test_the_first_process_takes_a_signal_that_was_blocked_until_it_could(tmp_path: Path, moment: float) -> None:
    prefix = (*AS_FIRST, "env", "--block-signal=TERM,INT")
    with running_up(tmp_path, prefix=prefix, command="serve") as up:
        first = until(lambda: next((pid for pid in children(up.pid) if is_listening(pid)), None))
        time.sleep(moment)
        os.kill(first, signal.SIGTERM)
        # It begins to listen to signals once Python runs, which takes its time on a busy machine.
        assert up.process.wait(30) in {0, 128 + signal.SIGTERM}


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_process_that_waits_for_its_database_can_be_stopped(tmp_path: Path, command: str) -> None:
    """Once it has connected, its own handlers are in place, and it would wait for the answer."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        with running_up(tmp_path, command=command, variables={"JOBSVC_DATABASE_URL": url}) as up:
            connection, _ = silent.accept()
            with connection:
                begun = time.monotonic()
                up.process.send_signal(signal.SIGTERM)
                assert up.process.wait(10) == 0
                assert time.monotonic() - begun < 5
                assert "Traceback" not in up.said


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path, database_url: str) -> None:
    with running_up(tmp_path, command="serve", variables={"JOBSVC_DATABASE_URL": database_url}) as up:
        until(up.answers)
        other = {"JOBSVC_DATABASE_URL": database_url, "JOBSVC_PORT": str(up.port)}
        (tmp_path / "other").mkdir()
        with running_up(tmp_path / "other", command="serve", variables=other) as second:
            assert second.process.wait(30) == 1
            assert second.said == (
                f"jobsvc: Port {up.port} of 127.0.0.1 cannot be used (Address already in use). "
                "Set JOBSVC_PORT to another one, or stop what listens there.\n"
            )
