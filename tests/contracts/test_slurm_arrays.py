"""Jobs that are submitted together are arrays of Slurm, and yet each is found, stopped and taken over by itself."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from jobsvc.domain.outcome import Cause
from jobsvc.engines.slurm import Commands, Rest, RestOptions, SlurmEngine, SlurmOptions
from jobsvc.engines.slurm.commands import run as command
from jobsvc.engines.slurm.rest import MOST_TASKS
from jobsvc.engines.slurm.scheduler import Queued, Scheduler
from jobsvc.ports.remote_engine import EngineUnavailable, Phase, RunRejected, RunSpec
from tests.parts.slurm import token

from .engine_bench import INSTALLATION, TIMEOUT_SECONDS

ENDLESS = "echo run >> runs; while :; do sleep 0.05; done"
_numbers = count(1)
MakeEngine = Callable[[], SlurmEngine]
MakeScheduler = Callable[[], Scheduler]
by_commands = pytest.mark.parametrize("make_scheduler", ["commands"], indirect=True)
"""For tests that put a program of their own before one of Slurm's."""


@pytest.fixture(params=["commands", "rest"])
def make_scheduler(
    slurm_conf: Path, slurmrestd_socket: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> MakeScheduler:
    """Gives ways to the same cluster, all by its commands or all by its REST service."""
    monkeypatch.setenv("SLURM_CONF", str(slurm_conf))
    options = RestOptions(f"unix://{slurmrestd_socket}", token=token(slurm_conf))
    return (lambda: Rest(options)) if request.param == "rest" else Commands


@pytest_asyncio.fixture
async def make_engine(make_scheduler: MakeScheduler, tmp_path: Path) -> AsyncIterator[MakeEngine]:
    """Gives the engines of several workers, which share the directory of runs."""
    made = [SlurmEngine(INSTALLATION, tmp_path, SlurmOptions(), make_scheduler())]

    def make() -> SlurmEngine:
        made.append(SlurmEngine(INSTALLATION, tmp_path, SlurmOptions(), make_scheduler()))
        return made[-1]

    yield make
    await asyncio.gather(*map(made[0].remove, await made[0].adopt()))
    for engine in made:
        await engine.close()


@pytest.fixture
def engine(make_engine: MakeEngine) -> SlurmEngine:
    """That of the first worker."""
    return make_engine()


async def _ready(
    engine: SlurmEngine, directory: Path, script: str = ENDLESS, mem: float = 16.0, number: int = 4
) -> list[RunSpec]:
    """Runs that are ready to be submitted."""
    runs = []
    for _ in range(number):
        handle = f"jobsvc-{INSTALLATION}-array-{next(_numbers)}"
        (directory / handle / "output").mkdir(parents=True)
        resources = {"cpus": 1.0, "mem": mem}
        environment = {"PATH": "/usr/bin:/bin"}
        run = RunSpec(handle, {}, None, ["sh", "-c", script], environment, (), directory / handle, resources)
        assert [sentence async for sentence in engine.prepare(run)] == []
        runs.append(run)
    return runs


async def _submit(engine: SlurmEngine, runs: Sequence[RunSpec]) -> list[BaseException | None]:
    return await asyncio.gather(*map(engine.submit, runs), return_exceptions=True)


async def _jobs(runs: Sequence[RunSpec]) -> list[Queued]:
    handles = [run.handle for run in runs]
    return [job for job in await Commands().queue() if job.name.partition("[")[0].partition("+")[0] in handles]


async def _phases(engine: SlurmEngine, runs: Sequence[RunSpec], phase: Phase) -> None:
    """Wait until all are in this phase."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while {item.phase for item in (await engine.observe([run.handle for run in runs])).values()} != {phase}:
            pass  # every look waits for the next listing


def _programs(directory: Path, sbatch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = directory / "programs"
    programs.mkdir()
    (programs / "sbatch").write_text(f"#!/bin/sh\n{sbatch}\n")
    (programs / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/usr/local/bin:/usr/bin:/bin")


async def test_what_is_submitted_together_is_an_array_and_each_runs_once(engine: SlurmEngine, tmp_path: Path) -> None:
    runs = await _ready(engine, tmp_path, "echo run >> runs; pwd; exit 3")
    assert await _submit(engine, runs) == [None] * 4
    # The first may have gone before the others came.
    assert [job.id for job in await _jobs(runs) if "_" not in job.id][1:] == []
    await _phases(engine, runs, Phase.ENDED)
    observations = await engine.observe([run.handle for run in runs])
    assert [item.exit_code for item in observations.values()] == [3] * 4
    assert [(run.directory / "output" / "runs").read_text() for run in runs] == ["run\n"] * 4
    assert [(run.directory / "stdout.log").read_text() for run in runs] == [f"{run.directory}/output\n" for run in runs]


async def test_what_asks_for_something_else_is_not_of_the_array(engine: SlurmEngine, tmp_path: Path) -> None:
    runs = [*await _ready(engine, tmp_path, "true"), *await _ready(engine, tmp_path, "true", mem=32.0)]
    assert await _submit(engine, runs) == [None] * 8
    tasks = Counter(job.id.partition("_")[0] for job in await _jobs(runs) if "_" in job.id)
    # There may be more than two arrays, where not all came at the same moment.
    assert len(tasks) >= 2
    assert max(tasks.values()) <= 4
    await _phases(engine, runs, Phase.ENDED)


async def test_each_is_stopped_and_removed_by_itself(engine: SlurmEngine, tmp_path: Path) -> None:
    runs = await _ready(engine, tmp_path)
    await _submit(engine, runs)
    await _phases(engine, runs, Phase.RUNNING)
    await engine.stop(runs[1].handle, 5.0)
    await engine.remove(runs[2].handle)
    await _phases(engine, runs[1:3], Phase.ENDED)
    await _phases(engine, [runs[0], runs[3]], Phase.RUNNING)


async def test_what_waits_says_why_and_can_be_stopped(engine: SlurmEngine, tmp_path: Path) -> None:
    # More than the cluster has room for: each takes most of one of its three nodes.
    runs = await _ready(engine, tmp_path, mem=3000.0, number=5)
    await _submit(engine, runs)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            observations = await engine.observe([run.handle for run in runs])
            waiting = [handle for handle, item in observations.items() if item.phase is Phase.QUEUED and item.reason]
            if waiting:
                break
    await engine.stop(waiting[-1], 5.0)
    assert waiting[-1] not in await engine.adopt()
    assert len(await engine.adopt()) == 4


@pytest.mark.parametrize("make_scheduler", ["rest"], indirect=True)
async def test_a_service_that_names_few_tasks_has_all_of_its_arrays(engine: SlurmEngine, tmp_path: Path) -> None:
    runs = await _ready(engine, tmp_path, mem=3000.0, number=2 * MOST_TASKS)
    assert await _submit(engine, runs) == [None] * len(runs)
    # What is left of them takes much room to write down.
    stopped = [run.handle for number, run in enumerate(runs) if number % 3 == 0]
    await asyncio.gather(*(engine.stop(handle, 5.0) for handle in stopped))
    assert sorted(await engine.adopt()) == sorted({run.handle for run in runs} - set(stopped))
    assert len({job.id.partition("_")[0] for job in await _jobs(runs)}) <= 3


async def test_what_the_cluster_has_no_room_for_waits_and_says_why(engine: SlurmEngine, tmp_path: Path) -> None:
    [run] = await _ready(engine, tmp_path, number=1)
    large = replace(run, resources={"cpus": 64.0})
    await engine.submit(large)
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not (seen := (await engine.observe([large.handle]))[large.handle]).reason:
            pass  # every look waits for the next listing
    assert (seen.phase, seen.reason) == (Phase.QUEUED, "PartitionConfig")


async def test_gpus_that_the_cluster_does_not_have_are_named(engine: SlurmEngine, tmp_path: Path) -> None:
    [run] = await _ready(engine, tmp_path, number=1)
    with pytest.raises(RunRejected, match="it asks for GPUs: 9"):
        await engine.submit(replace(run, resources={"cpus": 1.0, "gpus": 9.0}))


async def test_a_job_knows_which_gpu_it_got(engine: SlurmEngine, tmp_path: Path) -> None:
    [run] = await _ready(engine, tmp_path, number=1)
    gpu = replace(run, resources={"cpus": 1.0, "gpus": 1.0}, command=["sh", "-c", "echo $CUDA_VISIBLE_DEVICES"])
    assert [sentence async for sentence in engine.prepare(gpu)] == []
    await engine.submit(gpu)
    await _phases(engine, [gpu], Phase.ENDED)
    assert (gpu.directory / "stdout.log").read_text() == "0\n"


async def test_what_is_put_back_into_the_queue_by_hand_has_ended(engine: SlurmEngine, tmp_path: Path) -> None:
    [run] = await _ready(engine, tmp_path, number=1)
    await engine.submit(run)
    await _phases(engine, [run], Phase.RUNNING)
    [job] = await _jobs([run])
    await command("scontrol", "update", f"JobId={job.id}", "Requeue=1")
    await command("scontrol", "requeuehold", job.id)
    await _phases(engine, [run], Phase.ENDED)
    assert (await engine.observe([run.handle]))[run.handle].cause is Cause.EVICTED
    assert (run.directory / "output" / "runs").read_text() == "run\n"


@pytest.mark.parametrize("change", ["JobName=a|b", "Comment=a|b"])
async def test_what_somebody_renames_is_known(engine: SlurmEngine, tmp_path: Path, change: str) -> None:
    runs = await _ready(engine, tmp_path, number=2)
    await engine.submit(runs[0])
    await _submit(engine, runs)
    await _phases(engine, runs, Phase.RUNNING)
    for job in await _jobs(runs):
        await command("scontrol", "update", f"JobId={job.id}", change)
    assert {item.phase for item in (await engine.observe([run.handle for run in runs])).values()} == {Phase.RUNNING}
    assert sorted(await engine.adopt()) == sorted(run.handle for run in runs)
    # Neither is submitted a second time, and each is ended.
    assert await _submit(engine, runs) == [None] * 2
    assert len(await _jobs(runs)) == 2
    await asyncio.gather(*(engine.stop(run.handle, 1) for run in runs))
    await _phases(engine, runs, Phase.ENDED)


async def test_another_worker_finds_them_by_their_handles(engine: SlurmEngine, make_engine: MakeEngine, tmp_path: Path) -> None:
    runs = await _ready(engine, tmp_path)
    await _submit(engine, runs)
    other = make_engine()
    await _phases(other, runs, Phase.RUNNING)
    assert sorted(await other.adopt()) == sorted(run.handle for run in runs)
    assert await _submit(other, runs) == [None] * 4
    assert len(await other.adopt()) == 4
    await other.stop(runs[0].handle, 5.0)
    await _phases(engine, runs[:1], Phase.ENDED)


async def test_a_job_without_a_directory_is_an_orphan(engine: SlurmEngine, tmp_path: Path) -> None:
    runs = await _ready(engine, tmp_path)
    await _submit(engine, runs)
    await _phases(engine, runs, Phase.RUNNING)
    runs[3].directory.rename(tmp_path / "elsewhere")
    handles = set(await engine.adopt())
    [orphan] = handles - {run.handle for run in runs}
    await engine.remove(orphan)
    assert orphan not in await engine.adopt()
    assert len(await engine.adopt()) == 3


@by_commands
async def test_where_arrays_are_refused_each_is_submitted(
    engine: SlurmEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuses = 'case "$*" in *--array*) echo "Invalid job array specification" >&2; exit 1;; esac; exec /usr/bin/sbatch "$@"'
    _programs(tmp_path, refuses, monkeypatch)
    runs = await _ready(engine, tmp_path, "true")
    assert await _submit(engine, runs) == [None] * 4
    assert sorted(job.name for job in await _jobs(runs)) == sorted(run.handle for run in runs)
    await _phases(engine, runs, Phase.ENDED)


@by_commands
async def test_a_refusal_is_that_of_each(engine: SlurmEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _programs(tmp_path, 'echo "Invalid account" >&2; exit 1', monkeypatch)
    runs = await _ready(engine, tmp_path, "true")
    problems = await _submit(engine, runs)
    assert [type(problem) for problem in problems] == [RunRejected] * 4
    assert all("Invalid account" in str(problem) for problem in problems)


@by_commands
@pytest.mark.parametrize("arrived", [True, False], ids=["it arrived", "it did not arrive"])
async def test_an_array_without_an_answer_is_looked_for(
    engine: SlurmEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, arrived: bool
) -> None:
    with monkeypatch.context() as away:
        handed_over = '/usr/bin/sbatch "$@"; ' if arrived else ""
        _programs(tmp_path, f'{handed_over}echo "Socket timed out on send/recv operation" >&2; exit 1', away)
        runs = await _ready(engine, tmp_path, "echo run >> runs")
        problems = await _submit(engine, runs)
        assert [type(problem) for problem in problems] == [EngineUnavailable] * 4
    assert await _submit(engine, runs) == [None] * 4
    assert len(await _jobs(runs)) == 4
    await _phases(engine, runs, Phase.ENDED)
    assert [(run.directory / "output" / "runs").read_text() for run in runs] == ["run\n"] * 4
