"""How the jobs of every engine end."""

import asyncio
import signal
from collections.abc import Sequence
from datetime import datetime

import pytest

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Canceled, CapturedOutput, Completed, Failed
from jobsvc.domain.seed import SeedError
from jobsvc.domain.status import ErrorCategory, Stream
from jobsvc.ports.engine import ExecutionEngine, StopReason

from .engine_bench import Bench, Log, manifest, sh, spec

ENDLESS = "echo ready; while :; do sleep 0.05; done"
# One process and no shell around it: a shell that outlives its child for a moment tells of its end in the job's own log.
ALONE = "echo ready; exec sleep 600"
STUBBORN = f"trap '' TERM; {ALONE}"


class EndContract:
    """Ends by themselves, by a timeout and by a stop."""

    killed_error = builtin_errors.ALGORITHM_UNKNOWN
    """Of a job that is killed by nobody knows whom."""
    missing_command_codes = frozenset({127})
    flood_lines = 100_000

    async def test_a_command_that_ends_with_0_completes(self, bench: Bench) -> None:
        outcome = await bench.run(sh("true"))

        assert outcome == Completed(CapturedOutput(), outcome.times)
        assert outcome.times.started
        assert outcome.times.ended
        assert outcome.times.started < outcome.times.ended
        assert bench.log.lines == []

    @pytest.mark.parametrize(("exit_code", "error"), [(3, "bad-data"), (4, builtin_errors.ALGORITHM_UNKNOWN)])
    async def test_an_exit_code_is_an_error(self, bench: Bench, exit_code: int, error: str) -> None:
        declared = manifest(errors=(SeedError(3, "bad-data", "Bad data", "", ErrorCategory.DATA),))
        outcome = await bench.run(sh(f"exit {exit_code}", declared))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (error, exit_code)
        assert bench.log.stderr[-1] == f"jobsvc: {outcome.reason}".encode()

    async def test_a_signal_is_an_exit_code_of_more_than_128(self, bench: Bench) -> None:
        outcome = await bench.run(sh("kill -KILL $$"))
        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (self.killed_error, 128 + signal.SIGKILL)
        assert bench.log.stderr[-1] == f"jobsvc: {outcome.reason}".encode()

    async def test_a_command_that_is_not_there_says_so(self, bench: Bench) -> None:
        outcome = await bench.run(spec(manifest(command="no-such-command --flag")))

        assert isinstance(outcome, Failed)
        assert outcome.error_name in {builtin_errors.ALGORITHM_UNKNOWN, builtin_errors.DOCKER_TASK_LAUNCH}
        assert outcome.exit_code in self.missing_command_codes
        assert b"no-such-command" in b"".join(bench.log.stderr) or outcome.exit_code != 127

    @pytest.mark.parametrize("script", [ALONE, STUBBORN])
    async def test_the_timeout_ends_a_job(self, bench: Bench, script: str) -> None:
        outcome = await bench.run(sh(script, timeout=1))

        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.TIMEOUT
        assert bench.log.lines == [
            (Stream.STDOUT, b"ready"),
            (Stream.STDERR, b"jobsvc: killed after the timeout of 1 s"),
        ]

    @pytest.mark.parametrize("seconds", [None, 0, -1])
    async def test_a_job_may_have_no_timeout(self, bench: Bench, seconds: int | None) -> None:
        assert isinstance(await bench.run(sh("sleep 0.1", timeout=seconds)), Completed)

    @pytest.mark.parametrize("script", [ENDLESS, STUBBORN])
    async def test_a_cancel_ends_a_job(self, bench: Bench, script: str) -> None:
        job = sh(script)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        for _ in range(2):
            await bench.engine.stop(job.execution_id, StopReason.CANCEL)

        outcome = await execution
        assert isinstance(outcome, Canceled)
        assert outcome.times.ended

    async def test_a_job_may_clean_up_when_it_is_stopped(self, bench: Bench) -> None:
        job = sh(f"trap 'echo cleaned up; exit 0' TERM; {ENDLESS}")
        execution = bench.start(job)
        await bench.log.until(b"ready")
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)

        assert isinstance(await execution, Canceled)
        assert bench.log.stdout == [b"ready", b"cleaned up"]

    async def test_a_stop_before_the_start_keeps_a_job_from_starting(self, bench: Bench) -> None:
        job = sh(ENDLESS)
        execution = asyncio.create_task(bench.engine.run(job, bench.log))
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        assert await execution == Canceled()

    @pytest.mark.parametrize("milliseconds", range(10))
    async def test_a_stop_around_the_start_is_not_lost(self, bench: Bench, milliseconds: int) -> None:
        job = sh(ENDLESS)
        execution = bench.start(job)
        await asyncio.sleep(milliseconds / 1000)
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        assert isinstance(await execution, Canceled)

    async def test_a_job_that_floods_its_log_can_be_stopped(self, engine: ExecutionEngine) -> None:
        enough = self.flood_lines

        class StopsAtLast(Log):
            count = 0

            async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002 (not kept)
                self.count += len(lines)
                if self.count > enough and not stops:
                    stops.append(asyncio.create_task(engine.stop(job.execution_id, StopReason.CANCEL)))

        stops: list[asyncio.Task[None]] = []
        job = sh("yes")
        assert isinstance(await Bench(engine, StopsAtLast()).run(job), Canceled)

    async def test_a_stop_after_the_end_changes_nothing(self, bench: Bench) -> None:
        job = sh("true")
        assert isinstance(await bench.run(job), Completed)
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await bench.engine.stop(0, StopReason.CANCEL)

    async def test_executions_run_side_by_side(self, bench: Bench) -> None:
        outcomes = await asyncio.gather(*(bench.run(sh("sleep 0.2; echo done")) for _ in range(10)))
        assert all(isinstance(outcome, Completed) for outcome in outcomes)
        assert bench.log.stdout == [b"done"] * 10
