"""What every engine does whose runs outlive the worker."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
import pytest_asyncio

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Canceled, Completed, Detached, Failed
from jobsvc.domain.seed import FileOutput, ScalarResource
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.ports.engine import LaunchSpec, StopReason
from jobsvc.ports.remote_engine import RemoteEngine
from tests.waiting import eventually

from .engine_bench import INSTALLATION, TIMEOUT_SECONDS, Bench, Log, manifest, sh
from .engine_contract import EngineContract

MakeRemote = Callable[[Path], RemoteEngine]
Outage = Callable[[], AbstractAsyncContextManager[None]]
ENDLESS = "echo ready; while :; do sleep 0.05; done"
COUNTS = "n=0; while [ $n -lt 40 ]; do n=$((n+1)); echo $n; sleep 0.1; done; echo ran >> $OUTPUT_DIR/runs"
"""For about four seconds."""
LINES = [str(number).encode() for number in range(1, 41)]


class RemoteContract(EngineContract):
    """Runs are found again, taken over, waited for, and begun once. A subclass gives `make_remote` and `outage`."""

    first_seen = b"Name: "
    """What comes first of a line that begins so, and goes on three seconds later."""
    are_streams_apart = True
    at_once = 20
    """How many executions are run together."""

    @pytest.fixture
    def runs(self, tmp_path: Path) -> Path:
        """The directory of the runs, which all workers share."""
        return tmp_path / "runs"

    @pytest_asyncio.fixture
    async def workers(self, make_remote: MakeRemote, runs: Path) -> AsyncIterator[Callable[[], RemoteExecutionEngine]]:
        """Gives the engines of further workers; what they leave is removed afterwards."""
        async with contextlib.AsyncExitStack() as stack:

            def worker() -> RemoteExecutionEngine:
                engine = RemoteExecutionEngine(
                    make_remote(runs), runs, installation=INSTALLATION, grace_seconds=1.0, lost_seconds=1.0
                )
                stack.push_async_callback(engine.close)
                return engine

            yield worker
            last = worker()
            await last.remove(await last.orphans())
            assert await last.orphans() == []

    @pytest.fixture
    def engine(self, workers: Callable[[], RemoteExecutionEngine]) -> RemoteExecutionEngine:
        """The engine of the first worker."""
        return workers()

    @pytest.fixture
    def other(self, workers: Callable[[], RemoteExecutionEngine]) -> Bench:
        """Another worker, with a log of its own."""
        return Bench(workers())

    # What a worker that died leaves

    async def test_a_run_is_taken_over_with_its_whole_log(self, bench: Bench, other: Bench) -> None:
        job = sh(COUNTS, manifest(file_outputs=(FileOutput("runs", "runs"),)))
        await self._die_behind(bench, job, b"5")

        assert _ran_once(await other.run(job))
        assert other.log.stdout == LINES
        assert bench.log.stdout == LINES[: len(bench.log.stdout)]

    async def test_a_run_that_ended_meanwhile_is_collected(self, bench: Bench, other: Bench, runs: Path) -> None:
        job = sh(f"echo first; sleep 1; {COUNTS}; echo over", manifest(file_outputs=(FileOutput("runs", "runs"),)))
        await self._die_behind(bench, job, b"first")
        await eventually((runs / job.handle / "output" / "runs").exists, TIMEOUT_SECONDS)

        assert _ran_once(await other.run(job))
        assert other.log.stdout == [b"first", *LINES, b"over"]

    async def test_a_worker_that_died_before_it_noted_the_submission_submits_nothing_twice(
        self, bench: Bench, other: Bench, runs: Path
    ) -> None:
        job = sh(COUNTS, manifest(file_outputs=(FileOutput("runs", "runs"),)))
        await self._die_behind(bench, job, b"5")
        (runs / job.handle / "submitted").unlink()

        assert _ran_once(await other.run(job))
        assert other.log.stdout == LINES

    async def test_a_worker_that_died_before_it_submitted_is_replaced(
        self, bench: Bench, other: Bench, make_remote: MakeRemote, runs: Path
    ) -> None:
        job = sh("echo done", manifest())
        task = bench.start(job)
        await eventually((runs / job.handle / "prepared.json").exists, TIMEOUT_SECONDS, 0.001)
        await _cancelled(task)
        remote = make_remote(runs)
        await remote.remove(job.handle)
        await remote.close()
        for note in ("submitted", "once", "started", "ended"):
            path = runs / job.handle / note
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)

        outcome = await other.run(job)
        assert isinstance(outcome, Completed), outcome
        assert other.log.stdout == [b"done"]

    async def test_a_worker_that_died_while_it_prepared_leaves_nothing_in_the_way(self, other: Bench, runs: Path) -> None:
        job = sh("echo done")
        (runs / job.handle / "output").mkdir(parents=True)
        (runs / job.handle / "output" / "rest").touch()
        assert isinstance(await other.run(job), Completed)

    async def test_lines_without_an_end_are_cut_alike_by_whoever_comes_later(self, bench: Bench, other: Bench) -> None:
        job = sh("printf 'Name: '; sleep 3; echo x; printf 'Place: '; sleep 3; echo y; echo z >&2")
        await self._die_behind(bench, job, self.first_seen)

        assert isinstance(await other.run(job), Completed)
        assert other.log.stdout[: len(bench.log.stdout)] == bench.log.stdout
        # Of two streams in one log, what came at the same moment has no order.
        assert b"".join(line for line in other.log.stdout if line != b"z") == b"Name: xPlace: y"
        assert (b"z" in other.log.stdout) is not self.are_streams_apart

    async def test_a_hand_back_leaves_the_run_alone(self, bench: Bench, other: Bench) -> None:
        job = sh(COUNTS, manifest(file_outputs=(FileOutput("runs", "runs"),)))
        task = asyncio.create_task(bench.engine.run(job, bench.log))
        await bench.log.until(b"3")
        await bench.engine.stop(job.execution_id, StopReason.HAND_BACK)
        async with asyncio.timeout(5):
            assert await task == Detached()
        await bench.engine.release(job.execution_id)

        assert _ran_once(await other.run(job))
        assert other.log.stdout == LINES

    async def test_what_was_taken_over_can_be_canceled(self, bench: Bench, other: Bench) -> None:
        job = sh(ENDLESS)
        await self._die_behind(bench, job, b"ready")
        execution = other.start(job)
        await other.log.until(b"ready")
        await other.engine.stop(job.execution_id, StopReason.CANCEL)
        assert isinstance(await execution, Canceled)

    async def test_a_timeout_counts_from_the_start_of_the_run(self, bench: Bench, other: Bench) -> None:
        job = sh(ENDLESS, timeout=4)
        await self._die_behind(bench, job, b"ready")
        outcome = await other.run(job)
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.TIMEOUT
        assert outcome.times.started
        assert outcome.times.ended
        assert (outcome.times.ended - outcome.times.started).total_seconds() < 10

    # What happens behind our back

    async def test_a_run_that_vanishes_is_lost(self, bench: Bench, make_remote: MakeRemote, runs: Path) -> None:
        job = sh(ENDLESS)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        remote = make_remote(runs)
        await remote.remove(job.handle)
        await remote.close()

        outcome = await execution
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.DOCKER_TERMINATED

    async def test_orphans_are_those_whom_nobody_follows(self, bench: Bench, other: Bench) -> None:
        engine = other.engine
        assert isinstance(engine, RemoteExecutionEngine)
        job = sh(ENDLESS)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        assert await engine.orphans() == [job.handle]
        await _cancelled(execution)
        await engine.remove([job.handle])
        assert await engine.orphans() == []

    async def test_an_engine_that_is_away_is_waited_for(self, bench: Bench, outage: Outage) -> None:
        job = sh(COUNTS, manifest(file_outputs=(FileOutput("runs", "runs"),)))
        execution = bench.start(job)
        await bench.log.until(b"3")
        async with outage():
            await asyncio.sleep(6)
            assert not execution.done()

        assert _ran_once(await execution)
        assert bench.log.stdout == LINES

    async def test_what_is_to_begin_waits_for_an_engine_that_is_away(self, bench: Bench, outage: Outage) -> None:
        async with outage():
            begun = bench.start(sh("echo done"))
            left = asyncio.create_task(bench.engine.run(stuck := sh("echo never"), Log()))
            assert isinstance(bench.engine, RemoteExecutionEngine)
            waits = bench.engine
            await eventually(lambda: stuck.execution_id in waits.waits, TIMEOUT_SECONDS)
            await bench.engine.stop(stuck.execution_id, StopReason.HAND_BACK)
            async with asyncio.timeout(5):
                assert await left == Detached()
            assert not begun.done()
        assert isinstance(await begun, Completed)
        assert waits.waits == {}
        assert bench.log.stdout == [b"done"]

    # Disk

    async def test_a_run_that_takes_more_disk_than_it_asks_for_is_stopped(self, bench: Bench, other: Bench) -> None:
        asks = manifest(resources=(ScalarResource("disk", 20.0),))
        filler = bench.start(sh("dd if=/dev/zero of=file bs=1M count=200; sleep 60", asks, resources={"disk": 20.0}))
        beside = other.start(sh(f"dd if=/dev/zero of=file bs=1M count=15; {COUNTS}", asks, resources={"disk": 20.0}))
        outcome = await filler
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.ALGORITHM_UNKNOWN
        assert "more than the 20 MiB of disk that the manifest asks for" in outcome.reason
        assert bench.log.stderr[-1].decode() == f"jobsvc: {outcome.reason}"
        assert isinstance(await beside, Completed)
        assert isinstance(await other.run(sh("dd if=/dev/zero of=file bs=1M count=200; sleep 3")), Completed)

    # Many, and much

    async def test_many_run_at_once(self, bench: Bench) -> None:
        await run_together(bench, self.at_once, 10 * TIMEOUT_SECONDS)

    async def _die_behind(self, bench: Bench, job: LaunchSpec, line: bytes) -> None:
        """Let a worker end without a word once this line has come."""
        task = bench.start(job)
        await bench.log.until(line)
        await _cancelled(task)


async def run_together(bench: Bench, count: int, seconds: float) -> None:
    """So many short executions, all begun at once."""
    jobs = [sh(f"echo {number}") for number in range(count)]
    async with asyncio.timeout(seconds):
        outcomes = await asyncio.gather(*(bench.engine.run(job, bench.log) for job in jobs))
        await asyncio.gather(*(bench.engine.release(job.execution_id) for job in jobs))
    assert all(isinstance(outcome, Completed) for outcome in outcomes)
    assert sorted(map(int, bench.log.stdout)) == list(range(count))


async def _cancelled(task: "asyncio.Task[object]") -> None:
    task.cancel()
    await asyncio.wait([task])


def _ran_once(outcome: object) -> bool:
    assert isinstance(outcome, Completed), outcome
    return outcome.output.files[0].path.read_text() == "ran\n"
