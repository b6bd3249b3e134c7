"""Collecting outputs ends when its time is up, or when the job is told to stop."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest

from jobsvc.domain.outcome import Canceled, Completed, Failed, HandedBack, TaskTimes
from jobsvc.domain.seed import FileOutput
from jobsvc.engines import collecting
from jobsvc.engines.collecting import Deadline, OutOfTime, collect
from jobsvc.engines.running import Limits, StopRequest
from jobsvc.engines.scratch import ExecutionDir
from jobsvc.ports.engine import StopReason
from tests.contracts.engine_bench import manifest, spec

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TIMES = TaskTimes(NOW - timedelta(seconds=60), NOW)
JOB = spec(manifest(file_outputs=(FileOutput("all", "**/y", required=False),)))
DIRECTORIES = 3000


@pytest.fixture
def directory(tmp_path: Path) -> ExecutionDir:
    """What a job left: many directories to look into."""
    execution = ExecutionDir(tmp_path / "1")
    execution.create()
    for number in range(DIRECTORIES):
        (execution.output / str(number)).mkdir()
    return execution


def test_a_deadline_only_becomes_earlier() -> None:
    deadline = Deadline(60)
    deadline.shorten(120)
    deadline.check()
    deadline.shorten(-1)
    deadline.shorten(60)
    with pytest.raises(OutOfTime):
        deadline.check()


@pytest.mark.parametrize(("timeout", "seconds"), [(None, 3600), (60, 10), (65, 10), (100, 40), (10**6, 3600)], ids=str)
def test_what_is_left_of_the_timeout_is_the_time(timeout: float | None, seconds: float) -> None:
    assert collecting._seconds(TIMES, Limits(timeout, 1, 1)) == seconds


async def test_it_takes_no_longer_than_it_may(directory: ExecutionDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "MIN_COLLECTING_SECONDS", 0.0)
    outcome, _ = await collect(directory, JOB, TIMES, Limits(60, 1, 1), StopRequest())
    assert isinstance(outcome, Failed)
    assert (outcome.error_name, outcome.exit_code, outcome.times) == ("post-timeout", 0, TIMES)
    assert "collecting the outputs took longer" in outcome.reason


class Slow:
    """Makes collecting slow, and knows when it has begun and when its thread has ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.ended = Event(), Event()
        self._check = Deadline.check

        def slowly(deadline: Deadline) -> None:
            self.begun.set()
            time.sleep(0.01)
            try:
                self._check(deadline)
            except OutOfTime:
                self.ended.set()
                raise

        monkeypatch.setattr(Deadline, "check", slowly)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    """Collecting takes half a minute."""
    return Slow(monkeypatch)


@pytest.mark.parametrize(("reason", "kind"), [(StopReason.CANCEL, Canceled), (StopReason.HAND_BACK, HandedBack)])
async def test_it_ends_when_the_job_is_told_to_stop(
    directory: ExecutionDir, slow: Slow, reason: StopReason, kind: type[object]
) -> None:
    stop = StopRequest()
    running = asyncio.create_task(collect(directory, JOB, TIMES, Limits(None, 0.1, 1), stop))
    assert await asyncio.to_thread(slow.begun.wait, 10)
    stop.ask(reason)
    outcome, _ = await running
    assert isinstance(outcome, kind)
    assert slow.ended.is_set()


async def test_it_ends_when_the_worker_gives_up(directory: ExecutionDir, slow: Slow) -> None:
    running = asyncio.create_task(collect(directory, JOB, TIMES, Limits(None, 1, 1), StopRequest()))
    assert await asyncio.to_thread(slow.begun.wait, 10)
    running.cancel()
    await asyncio.wait([running])
    assert await asyncio.to_thread(slow.ended.wait, 10)


async def test_a_stop_that_comes_late_changes_nothing(directory: ExecutionDir) -> None:
    stop = StopRequest()
    stop.ask(StopReason.CANCEL)
    outcome, _ = await collect(directory, JOB, TIMES, Limits(None, 30, 1), stop)
    assert isinstance(outcome, Completed)
