"""What workers that were killed left behind, where there are no supervisors, is ended by the others of their host."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from signal import SIGKILL

import pytest
import pytest_asyncio

from jobsvc.engines.process_group import ProcessGroup
from jobsvc.engines.subprocess import SubprocessEngine

from .engine_bench import Bench, sh

pytestmark = pytest.mark.asyncio

FAMILY = "sleep 60 & (sleep 60 &) ; echo ready; wait"
ROOT = Path(__file__).parents[len(__package__.split("."))]
Process = subprocess.Popen[bytes]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """The directory that all workers of a host share."""
    return tmp_path / "scratch"


@pytest_asyncio.fixture
async def engine(scratch: Path) -> AsyncIterator[SubprocessEngine]:
    """The engine of a worker that lives."""
    engine = SubprocessEngine(scratch, worker_id="living", grace_seconds=0.3)
    yield engine
    await engine.close()


@pytest.fixture
def start(scratch: Path) -> Iterator[Callable[[str], Process]]:
    """Starts a worker of the given id with a job that has children, and comes back when they run."""
    with ExitStack() as stack:

        def start(worker_id: str) -> Process:
            command = [sys.executable, "-m", f"{__package__}.doomed_worker", str(scratch), worker_id, FAMILY, "plain"]
            worker = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE))
            stack.callback(worker.kill)
            assert worker.stdout
            assert worker.stdout.readline() == b"ready\n"
            stack.callback(_group(scratch / worker_id).signal, SIGKILL)
            return worker

        yield start


@pytest.fixture
def stranger() -> Iterator[Process]:
    """A process that has nothing to do with any of this, and leads a group."""
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as process:
        yield process
        process.kill()


async def test_sweep_ends_and_removes_what_a_killed_worker_left(
    engine: SubprocessEngine, scratch: Path, start: Callable[[str], Process]
) -> None:
    worker = start("dead")
    group = _group(scratch / "dead")
    _kill(worker)
    assert group.runs()

    assert await engine.sweep() == ["dead"]
    assert not group.runs()
    assert not (scratch / "dead").exists()
    assert await engine.sweep() == []


async def test_children_are_ended_whose_parent_is_gone(
    engine: SubprocessEngine, scratch: Path, start: Callable[[str], Process]
) -> None:
    worker = start("dead")
    group = _group(scratch / "dead")
    _kill(worker)
    os.kill(group.id, SIGKILL)
    assert group.runs()

    await engine.sweep()
    assert not group.runs()


async def test_a_worker_that_lives_is_left_alone(
    engine: SubprocessEngine, scratch: Path, start: Callable[[str], Process]
) -> None:
    start("alive")
    assert await engine.sweep() == []
    assert _group(scratch / "alive").runs()


async def test_two_sweepers_share_the_work(engine: SubprocessEngine, scratch: Path, start: Callable[[str], Process]) -> None:
    for name in ("a", "b", "c"):
        _kill(start(name))
    other = SubprocessEngine(scratch, worker_id="other", grace_seconds=0.3)

    swept = await asyncio.gather(engine.sweep(), other.sweep())
    assert sorted(swept[0] + swept[1]) == ["a", "b", "c"]
    await other.close()
    assert [item.name for item in scratch.iterdir()] == ["living"]


async def test_a_stranger_who_got_the_process_id_is_not_touched(
    engine: SubprocessEngine, scratch: Path, stranger: Process
) -> None:
    _leave(scratch / "dead", json.dumps({"pid": stranger.pid, "start_time": "1"}))
    assert await engine.sweep() == ["dead"]
    assert stranger.poll() is None


@pytest.mark.parametrize("note", ["", "{", "[]", '{"pid": "x", "start_time": ""}'])
async def test_a_note_that_was_cut_off_does_not_stop_the_sweep(engine: SubprocessEngine, scratch: Path, note: str) -> None:
    _leave(scratch / "dead", note)
    assert await engine.sweep() == ["dead"]


@pytest.mark.parametrize("execution_id", [1, 1000])
async def test_a_worker_takes_over_what_its_predecessor_of_the_same_name_left(
    scratch: Path, start: Callable[[str], Process], execution_id: int
) -> None:
    worker = start("same")
    group = _group(scratch / "same")
    _kill(worker)
    engine = SubprocessEngine(scratch, worker_id="same", grace_seconds=0.3)
    await Bench(engine).run(sh("true", execution_id=execution_id))

    assert await engine.sweep() == []
    assert not group.runs()
    assert [item.name for item in scratch.glob("same/*/")] == [str(execution_id)]
    await engine.close()


def _kill(worker: Process) -> None:
    worker.kill()
    worker.wait()


def _group(worker: Path) -> ProcessGroup:
    (file,) = worker.glob("*/process.json")
    note = json.loads(file.read_text())
    return ProcessGroup(note["pid"], note["start_time"])


def _leave(worker: Path, note: str) -> None:
    """Make the directory of a dead worker with one execution."""
    (worker / "1").mkdir(parents=True)
    (worker / "1" / "process.json").write_text(note)
    (worker / "lock").touch()
