"""Nothing of a job outlives it, whatever it did to be left alone, and whoever of those above it is killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGKILL

import pytest
import pytest_asyncio

from jobsvc.domain.builtin_errors import UNKNOWN
from jobsvc.domain.outcome import Canceled, Completed, Failed
from jobsvc.engines.subprocess import SubprocessEngine
from jobsvc.engines.supervised import Launcher
from jobsvc.ports.engine import LaunchSpec, StopReason
from tests.waiting import eventually

from .engine_bench import TIMEOUT_SECONDS, Bench, py, sh

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not Launcher.is_possible(), reason="supervisors need Linux"),
]
ROOT = Path(__file__).parents[len(__package__.split("."))]

# Tells its id and waits, having left the job in every way that there is.
LOST = """if True:
    import os, signal, sys, time
    def lose():
        if os.fork(): os._exit(0)
        os.setsid()
        if os.fork(): os._exit(0)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT): signal.signal(number, signal.SIG_IGN)
        os.chdir("/")
        script = "echo lost $$; exec >&- 2>&-; while :; do sleep 60; done"
        os.execve("/bin/sh", ["sh", "-c", script], {"PATH": os.environ["PATH"]})
    for _ in range(3):
        if not os.fork(): lose()
"""
# Is always another process: each begins the next one in a session of its own and ends.
HOPPING = "import os,sys; os.setsid() if not os.fork() else os._exit(0); os.execv(sys.executable, sys.orig_argv)"


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[SubprocessEngine]:
    engine = SubprocessEngine(tmp_path / "scratch", worker_id="w1", grace_seconds=0.5)
    yield engine
    await engine.close()


@pytest.fixture
def bench(engine: SubprocessEngine) -> Bench:
    return Bench(engine)


async def test_what_a_job_left_alone_ends_with_it(bench: Bench) -> None:
    outcome = await bench.run(py(LOST + "    sys.stdin.read(); time.sleep(0.5)\n"))
    assert isinstance(outcome, Completed)
    assert len(_lost(bench)) == 3
    assert not any(map(_runs, _lost(bench)))


async def test_event_loops_that_look_closer_find_nothing_wrong(bench: Bench) -> None:
    asyncio.get_running_loop().set_debug(True)
    assert isinstance(await bench.run(sh("true")), Completed)


async def test_and_with_its_cancel(bench: Bench) -> None:
    job, execution = await _started(bench, py(LOST + "    time.sleep(60)\n"))
    assert all(map(_runs, _lost(bench)))
    await bench.engine.stop(job.execution_id, StopReason.CANCEL)
    assert isinstance(await execution, Canceled)
    assert not any(map(_runs, _lost(bench)))


async def test_a_task_that_is_cancelled_leaves_nothing_either(bench: Bench) -> None:
    _, execution = await _started(bench, py(LOST + "    time.sleep(60)\n"))
    execution.cancel()
    await asyncio.wait([execution])
    assert not any(map(_runs, _lost(bench)))


async def test_what_left_the_group_may_clean_up_when_it_is_stopped(bench: Bench) -> None:
    child = "trap 'echo cleaned up; exit' TERM; echo ready; while :; do sleep 0.02; done"
    job = sh(f'setsid sh -c "{child}" & wait')
    execution = bench.start(job)
    await bench.log.until(b"ready")
    await bench.engine.stop(job.execution_id, StopReason.CANCEL)
    assert isinstance(await execution, Canceled)
    assert bench.log.stdout == [b"ready", b"cleaned up"]


async def test_a_process_that_keeps_becoming_another_is_caught(bench: Bench, tmp_path: Path) -> None:
    script = f"import subprocess, sys; subprocess.Popen([sys.executable, '-I', '-S', '-c', {HOPPING!r}])"
    assert isinstance(await bench.run(py(f"{script}; import time; time.sleep(0.5)")), Completed)
    assert [line for line in _command_lines() if "os.execv(sys.executable" in line and str(tmp_path) in line] == []
    assert [line for line in _command_lines() if HOPPING in line] == []


async def test_jobs_side_by_side_do_not_end_what_the_others_left(bench: Bench) -> None:
    _, staying = await _started(bench, py(LOST + "    time.sleep(60)\n"))
    await bench.run(sh("setsid sleep 60 & exit 0"))
    assert all(map(_runs, _lost(bench)))
    staying.cancel()
    await asyncio.wait([staying])
    assert not any(map(_runs, _lost(bench)))


async def test_a_job_that_kills_its_supervisor_ends_with_all_that_it_has(bench: Bench) -> None:
    outcome = await bench.run(py(LOST + f"    time.sleep(0.5); os.kill(os.getppid(), {SIGKILL}); time.sleep(60)\n"))
    # Whoever did it: nobody knows how the job would have ended, and it may be tried again.
    assert isinstance(outcome, Failed)
    assert (outcome.error_name, outcome.exit_code) == (UNKNOWN, None)
    assert len(_lost(bench)) == 3
    assert not any(map(_runs, _lost(bench)))
    assert isinstance(await bench.run(sh("true")), Completed)


async def test_without_its_launcher_a_job_goes_on_and_the_next_one_begins(bench: Bench) -> None:
    job = sh("echo $PPID; sleep 0.5; echo end")
    execution = bench.start(job)
    await eventually(lambda: bench.log.stdout, TIMEOUT_SECONDS)
    launcher = _parent(int(bench.log.stdout[0]))
    os.kill(launcher, SIGKILL)
    assert isinstance(await execution, Completed)
    assert isinstance(await bench.run(sh("echo next")), Completed)
    assert bench.log.stdout[1:] == [b"end", b"next"]


async def test_a_worker_that_is_killed_leaves_nothing_of_its_jobs(tmp_path: Path) -> None:
    (tmp_path / "lost.py").write_text(LOST)
    with _worker(tmp_path / "scratch", f"python3 {tmp_path}/lost.py; echo ready; sleep 60") as worker:
        assert worker.stdout
        said = [worker.stdout.readline() for _ in range(4)]
        lost = [int(line.split()[1]) for line in said if line.startswith(b"lost")]
        family = _descendants(worker.pid)
        assert len(lost) == 3
        assert len(family) >= 4
        worker.kill()
        await eventually(lambda: not any(map(_runs, {*lost, *family})), TIMEOUT_SECONDS)


async def test_closing_the_engine_leaves_no_process(engine: SubprocessEngine) -> None:
    others = _launchers()
    await Bench(engine).run(sh("true"))
    own = _launchers() - others
    assert own
    await engine.close()
    await eventually(lambda: not own & _launchers(), TIMEOUT_SECONDS)


async def _started(bench: Bench, job: LaunchSpec) -> tuple[LaunchSpec, "asyncio.Task[object]"]:
    execution: asyncio.Task[object] = asyncio.create_task(bench.run(job))

    def are_lost() -> bool:
        assert not execution.done(), execution
        return len(_lost(bench)) >= 3

    await eventually(are_lost, TIMEOUT_SECONDS)
    return job, execution


@contextmanager
def _worker(scratch: Path, script: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", f"{__package__}.doomed_worker", str(scratch), "doomed", script]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as worker:
        yield worker
        worker.kill()


def _lost(bench: Bench) -> list[int]:
    return [int(line.split()[1]) for line in bench.log.stdout if line.startswith(b"lost ")]


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def _descendants(ancestor: int) -> list[int]:
    listing = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, check=True, text=True).stdout
    parents = [tuple(map(int, line.split())) for line in listing.splitlines()]
    family = [ancestor]
    for member in family:
        family += [pid for pid, parent in parents if parent == member]
    return family[1:]


def _launchers() -> set[int]:
    """Those that engines of this process have; services that other tests left running have their own below them."""
    listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, check=False, text=True).stdout
    return {int(pid) for pid in listing.split() if "job_supervisor" in _command_line(int(pid))}


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _command_lines() -> list[str]:
    return [_command_line(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdecimal()]
