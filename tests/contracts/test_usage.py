"""What processes of this host used is known when they have ended, with all that descends from them."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from jobsvc.domain.outcome import Canceled, Completed, Failed, Usage
from jobsvc.engines.subprocess import SubprocessEngine
from jobsvc.engines.supervised import Launcher
from jobsvc.ports.engine import StopReason

from .engine_bench import Bench, manifest, py, sh, spec

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(not Launcher.is_possible(), reason="supervisors need Linux"),
]
BURN = "import time\nwhile time.process_time() < 0.3: pass\n"
FILL = "x = bytearray(80 * 2**20)\n"
AWAY = "import os, sys\nif os.fork(): os.wait(); sys.exit()\nos.setsid()\nif os.fork(): os._exit(0)\n"
"""What follows is done by a process that has left its parents, which do not wait for it."""


@pytest_asyncio.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    engine = SubprocessEngine(tmp_path / "scratch", worker_id="w1", grace_seconds=0.5)
    yield Bench(engine)
    await engine.close()


def has(usage: Usage, *, cpu: float = 0.0, memory: float = 0.0) -> bool:
    """Whether it is at least that much, and not much more."""
    assert usage.cpu_seconds is not None
    assert usage.peak_memory is not None
    return cpu <= usage.cpu_seconds < cpu + 3 and memory <= usage.peak_memory < memory + 60


async def test_time_and_memory_of_the_process(bench: Bench) -> None:
    outcome = await bench.run(py(BURN + FILL))
    assert isinstance(outcome, Completed)
    assert has(outcome.times.usage, cpu=0.3, memory=80)


async def test_those_of_its_children(bench: Bench) -> None:
    script = f"{sys.executable} -c '{BURN}' && {sys.executable} -c '{FILL}'"
    outcome = await bench.run(sh(script))
    assert isinstance(outcome, Completed)
    assert has(outcome.times.usage, cpu=0.3, memory=80)


async def test_each_job_has_its_own(bench: Bench) -> None:
    await bench.run(py(BURN + FILL))
    outcome = await bench.run(sh("true"))
    assert isinstance(outcome, Completed)
    assert has(outcome.times.usage)
    assert (outcome.times.usage.cpu_seconds or 0) < 0.3


async def test_those_of_a_job_that_fails(bench: Bench) -> None:
    outcome = await bench.run(py(BURN + "raise SystemExit(3)"))
    assert isinstance(outcome, Failed)
    assert has(outcome.times.usage, cpu=0.3)


async def test_those_of_a_job_that_is_killed(bench: Bench) -> None:
    job = py(f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{BURN}print('ready', flush=True)\ntime.sleep(60)")
    execution = bench.start(job)
    await bench.log.until(b"ready")
    await bench.engine.stop(job.execution_id, StopReason.CANCEL)
    outcome = await execution
    assert isinstance(outcome, Canceled)
    assert has(outcome.times.usage, cpu=0.3)


async def test_those_of_what_left_the_job(bench: Bench) -> None:
    # The job waits for the end of a pipe that only the one who left still holds.
    script = f"import os, subprocess, sys\nsubprocess.run([sys.executable, '-c', {AWAY + BURN!r}], stdout=subprocess.PIPE)"
    outcome = await bench.run(py(script))
    assert isinstance(outcome, Completed)
    assert has(outcome.times.usage, cpu=0.3)


async def test_nothing_is_known_of_what_never_ran(bench: Bench) -> None:
    outcome = await bench.run(spec(manifest(command="/nowhere/command")))
    assert isinstance(outcome, Failed)
    assert outcome.times.usage == Usage()
