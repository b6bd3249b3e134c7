"""What engines do whose jobs are processes of this host, or only of this worker."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Canceled, Completed, Failed, HandedBack
from jobsvc.domain.seed import FileOutput
from jobsvc.domain.status import Stream
from jobsvc.ports.engine import ExecutionEngine, StopReason

from .engine_bench import Bench, Log, manifest, py, sh
from .engine_end_contract import ENDLESS, STUBBORN


class HostDirectoryContract:
    """Jobs that are processes of a host can do more to the directory of their outputs than those in containers."""

    @pytest.mark.parametrize(
        "script",
        [
            "rmdir $OUTPUT_DIR; ln -s /etc $OUTPUT_DIR",
            "mv $OUTPUT_DIR $OUTPUT_DIR.old; ln -s $OUTPUT_DIR.old $OUTPUT_DIR",
            "rmdir $OUTPUT_DIR; touch $OUTPUT_DIR",
            "rmdir $OUTPUT_DIR",
        ],
    )
    async def test_a_directory_that_was_replaced_is_not_read(self, bench: Bench, script: str) -> None:
        declared = manifest(file_outputs=(FileOutput("all", "**", multiple=True),))
        outcome = await bench.run(sh(script, declared))
        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (builtin_errors.INVALID_RESULTS_MANIFEST, 0)
        assert bench.log.stderr[-1] == f"jobsvc: {outcome.reason}".encode()

    async def test_a_directory_that_was_made_anew_counts(self, bench: Bench) -> None:
        declared = manifest(file_outputs=(FileOutput("all", "*"),))
        outcome = await bench.run(sh("rmdir $OUTPUT_DIR; mkdir $OUTPUT_DIR; touch $OUTPUT_DIR/a", declared))
        assert isinstance(outcome, Completed)


class OwnProcessContract:
    """Jobs that are children of the worker end with it, and wait for it."""

    @pytest.mark.parametrize("script", [ENDLESS, STUBBORN])
    async def test_a_hand_back_ends_a_job(self, bench: Bench, script: str) -> None:
        job = sh(script)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        await bench.engine.stop(job.execution_id, StopReason.HAND_BACK)
        assert isinstance(await execution, HandedBack)

    async def test_a_cancel_outweighs_a_hand_back(self, bench: Bench) -> None:
        job = sh(STUBBORN)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        for reason in (StopReason.HAND_BACK, StopReason.CANCEL, StopReason.HAND_BACK):
            await bench.engine.stop(job.execution_id, reason)
        assert isinstance(await execution, Canceled)

    async def test_a_job_waits_for_a_log_that_is_slow(self, engine: ExecutionEngine) -> None:
        class Slow(Log):
            async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002
                await super().write(stream, lines)
                if stream is Stream.STDOUT:
                    await asyncio.Event().wait()

        script = """if True:
            import os, select, sys
            for _ in range(2000):
                if not select.select([], [1], [], 0.3)[1]:
                    sys.exit("full")
                os.write(1, b"x\\n" * 2048)
        """
        bench = Bench(engine, Slow())
        execution = bench.start(py(script))
        await bench.log.until(b"full")
        execution.cancel()
        await asyncio.wait([execution])
