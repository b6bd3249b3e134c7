"""What every engine gives to the processes of its jobs, and what it makes of their lines."""

from pathlib import Path
from typing import Any

import pytest

from jobsvc.domain import builtin_errors
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.outcome import Completed, Failed
from jobsvc.domain.seed import (
    FileInput,
    FileOutput,
    JsonInput,
    Mount,
    SeedManifest,
    Setting,
)
from jobsvc.domain.status import Stream
from jobsvc.ports.engine import InputFile, StopReason
from tests.waiting import eventually

from .engine_bench import TIMEOUT_SECONDS, Bench, manifest, py, sh

ENDLESS = "echo ready; while :; do sleep 0.05; done"
NOWHERE = Path("/does/not/exist")


class LaunchContract:
    """Environment, inputs and log of a job."""

    last_seconds = 0
    """How long a job goes on that has said all: a runtime may drop what it has not taken over when a container ends."""

    async def test_inputs_settings_and_facts_are_in_the_environment(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "stored").write_text("content")
        declared = manifest(
            file_inputs=(FileInput("in-file"),),
            json_inputs=(JsonInput("ROI", JsonType.OBJECT),),
            settings=(Setting("db-host"),),
        )
        script = """if True:
            import os
            print(os.path.basename(os.environ["IN_FILE"]), open(os.environ["IN_FILE"]).read())
            print(*(os.environ[name] for name in ("ROI", "DB_HOST", "ALLOCATED_CPUS", "SCALE_JOB_ID")))
            print(open(os.environ["INPUT_METADATA"]).read(), os.listdir(os.environ["OUTPUT_DIR"]))
        """
        members: dict[str, Any] = {
            "file_inputs": {"in-file": (InputFile(1, tmp_path / "stored", "a b.txt"),)},
            "json_inputs": {"ROI": {"x": [1, None]}},
            "settings": {"db-host": "db 1"},
            "resources": {"cpus": 2},
            "input_metadata": {"known": True},
        }
        await bench.run(py(script, declared, **members))
        assert bench.log.lines == [
            (Stream.STDOUT, b"a b.txt content"),
            (Stream.STDOUT, b'{"x": [1, null]} db 1 2.0 7'),
            (Stream.STDOUT, b'{"known": true} []'),
        ]

    async def test_files_of_one_name_in_an_input_stay_apart(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "stored").touch()
        files = tuple(InputFile(number, tmp_path / "stored", "a.txt") for number in (3, 4))
        declared = manifest(file_inputs=(FileInput("MANY", multiple=True),))

        await bench.run(sh("ls $MANY", declared, file_inputs={"MANY": files}))
        assert bench.log.stdout == [b"4.a.txt", b"a.txt"]

    async def test_nothing_of_the_service_reaches_the_job(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("JOBSVC_DATABASE_URL", "secret")

        await bench.run(sh("env; cat"))
        assert b"secret" not in b"".join(bench.log.stdout)

    @pytest.mark.parametrize(
        ("declared", "error"),
        [
            (manifest(file_inputs=(FileInput("IN"),)), builtin_errors.MISSING_FILE),
            (manifest(mounts=(Mount("data", "/data"),)), builtin_errors.MISSING_MOUNT),
            (manifest(settings=(Setting("HOST"),)), builtin_errors.MISSING_SETTING),
        ],
        ids=lambda item: item if isinstance(item, str) else "",
    )
    async def test_a_job_that_lacks_something_is_not_started(self, bench: Bench, declared: SeedManifest, error: str) -> None:
        outcome = await bench.run(sh("echo started", declared, file_inputs={"IN": (InputFile(1, NOWHERE, "a"),)}))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.times.started) == (error, None)
        assert bench.log.lines == [(Stream.STDERR, f"jobsvc: {outcome.reason}".encode())]

    async def test_lines_come_in_order_and_the_last_needs_no_line_end(self, bench: Bench) -> None:
        await bench.run(sh(r"printf 'a\r\n\nb'; printf 'c\nd' >&2"))
        assert (bench.log.stdout, bench.log.stderr) == ([b"a", b"", b"b"], [b"c", b"d"])

    async def test_a_carriage_return_ends_a_line_and_with_a_line_feed_it_is_one_end(self, bench: Bench) -> None:
        await bench.run(sh(r"printf '10 %%\r'; sleep 0.1; printf '\n20 %%\r30 %%\r\n'"))
        assert bench.log.stdout == [b"10 %", b"20 %", b"30 %"]

    async def test_no_line_is_lost_of_many(self, bench: Bench) -> None:
        await bench.run(sh(f"seq 1 100000; sleep {self.last_seconds}"))
        assert bench.log.stdout == [str(number).encode() for number in range(1, 100_001)]

    async def test_a_job_that_logs_too_much_goes_on_and_its_log_says_what_is_missing(self, bench: Bench) -> None:
        declared = manifest(file_outputs=(FileOutput("OUT", "out"),))
        script = "seq 1 100000; echo error >&2; sleep 0.2; touch out"
        outcome = await bench.run(sh(script, declared, max_log_bytes=1000))
        assert isinstance(outcome, Completed)
        assert bench.log.stdout == [str(number).encode() for number in range(1, 278)]
        counted = [line for line in bench.log.stderr if b"were dropped" in line]
        assert counted[0].startswith(b"jobsvc: 9972")

    async def test_the_reason_of_a_failure_is_logged_beyond_the_limit(self, bench: Bench) -> None:
        outcome = await bench.run(sh("echo 1234567890; exit 3", max_log_bytes=5))
        assert isinstance(outcome, Failed)
        assert bench.log.stdout == []
        assert bench.log.stderr[-1] == f"jobsvc: {outcome.reason}".encode()


class PartialLineContract:
    """What engines do that see what a job writes at once; Docker passes on whole lines only."""

    async def test_what_waits_for_its_line_end_is_seen_while_the_job_runs(self, bench: Bench) -> None:
        script = r"printf 'asks: \303'; sleep 1.5; printf '\244?'; sleep 60"
        job = sh(script)
        execution = bench.start(job)
        await bench.log.until("ä?".encode())
        assert not execution.done()
        assert bench.log.stdout == [b"asks: ", "ä?".encode()]
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await execution

    async def test_output_that_never_pauses_is_seen_as_well(self, bench: Bench) -> None:
        job = sh("while :; do printf .; sleep 0.001; done")
        execution = bench.start(job)
        await eventually(lambda: bench.log.stdout, TIMEOUT_SECONDS)
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await execution
        assert set(b"".join(bench.log.stdout)) == set(b".")
