"""Which of several runs has to end for the disk, and when the next one has to."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from jobsvc.domain import builtin_errors
from jobsvc.engines.remote import output_guard
from jobsvc.engines.remote.output_guard import Guarded, OutputGuard
from jobsvc.engines.remote.run_dir import RunDir
from tests.waiting import eventually

MORE_THAN_THERE_IS = 2**40
MIB = 2**20
pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_guard, "FIRST_SECONDS", 0.05)
    monkeypatch.setattr(output_guard, "MOST_SECONDS", 0.2)


@pytest_asyncio.fixture
async def floored(tmp_path: Path) -> AsyncIterator[OutputGuard]:
    """A guard on a disk that never has enough room."""
    guard = OutputGuard("engine", tmp_path, min_free_mib=MORE_THAN_THERE_IS)
    yield guard
    await guard.close()


def run_with(tmp_path: Path, name: str, mib: int) -> RunDir:
    """A run that has written so many MiB."""
    directory = RunDir(tmp_path / name)
    directory.create()
    write(directory.output / "file", mib)
    return directory


def write(file: Path, mib: int) -> None:
    """Room that is really taken."""
    with file.open("wb") as content:
        os.posix_fallocate(content.fileno(), 0, max(1, mib * MIB))


async def looked(run: Guarded) -> None:
    """Wait until a run that was just begun was looked at, twice."""
    for _ in range(2):
        run.size = -1
        await eventually(lambda: run.size >= 0)


async def test_the_largest_is_ended_and_the_next_not_before_it_is_removed(floored: OutputGuard, tmp_path: Path) -> None:
    runs = [run_with(tmp_path, name, mib) for name, mib in (("a", 20), ("b", 40), ("c", 30), ("d", 1))]
    with contextlib.ExitStack() as stack, capture_logs() as logs:
        guarded = [stack.enter_context(floored.watching(run, None)) for run in runs]
        for ended in (1, 2, 0):
            async with asyncio.timeout(10):
                await guarded[ended].exceeded.wait()
            await looked(guarded[3])
            runs[ended].remove()
        await looked(guarded[3])
    assert guarded[3].excess is None
    assert [entry["handle"] for entry in logs] == ["b", "c", "a"]
    assert guarded[1].excess
    assert guarded[1].excess.error_name == builtin_errors.FILESYSTEM_IO


async def test_what_is_never_removed_does_not_keep_the_guard_from_its_work(
    floored: OutputGuard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_guard, "RELEASE_SECONDS", 0.3)
    first, second = run_with(tmp_path, "a", 40), run_with(tmp_path, "b", 20)
    with floored.watching(first, None) as a, floored.watching(second, None) as b:
        async with asyncio.timeout(10):
            await a.exceeded.wait()
            await b.exceeded.wait()


async def test_only_clearly_more_than_was_asked_for_is_too_much(tmp_path: Path) -> None:
    guard = OutputGuard("engine", tmp_path, min_free_mib=0)
    run, free = run_with(tmp_path, "a", 83), run_with(tmp_path, "b", 100)
    write(run.tmp / "file", 1)
    with guard.watching(run, 20 * MIB) as guarded, guard.watching(free, None) as unlimited:
        await looked(guarded)
        assert guarded.excess is None
        write(run.tmp / "file", 10)
        async with asyncio.timeout(10):
            await guarded.exceeded.wait()
        assert guarded.excess
        assert guarded.excess.error_name == builtin_errors.ALGORITHM_UNKNOWN
        assert "93 MiB, more than the 20 MiB" in guarded.excess.reason
        assert unlimited.excess is None
    await guard.close()


async def test_a_look_that_fails_is_said_and_repeated(tmp_path: Path) -> None:
    guard = OutputGuard("engine", tmp_path / "runs", min_free_mib=MORE_THAN_THERE_IS)
    run = RunDir(tmp_path / "runs" / "a")
    with guard.watching(run, None) as guarded, capture_logs() as logs:
        await eventually(lambda: logs != [])
        (tmp_path / "runs").mkdir()
        run_with(tmp_path / "runs", "a", 20)
        async with asyncio.timeout(10):
            await guarded.exceeded.wait()
    assert logs[0]["event"] == "engine.output_look_failed"
    await guard.close()


async def test_it_rests_while_nothing_runs_and_goes_on_with_the_next(floored: OutputGuard, tmp_path: Path) -> None:
    with floored.watching(run_with(tmp_path, "a", 1), None) as first:
        await looked(first)
    task = floored._task
    assert task
    await eventually(task.done)
    with floored.watching(run_with(tmp_path, "b", 20), None) as second:
        async with asyncio.timeout(10):
            await second.exceeded.wait()
