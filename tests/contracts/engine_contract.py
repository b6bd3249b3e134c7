"""What every engine does, whatever it runs its executions with. A subclass gives the fixture `engine`."""

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from jobsvc.domain import builtin_errors
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.outcome import Canceled, CapturedOutput, Completed, Failed, HandedBack
from jobsvc.domain.seed import (
    FileInput,
    FileOutput,
    JsonInput,
    JsonOutput,
    Mount,
    SeedError,
    SeedManifest,
    Setting,
)
from jobsvc.domain.status import ErrorCategory, Stream
from jobsvc.ports.engine import ExecutionEngine, InputFile, StopReason

from .engine_bench import TIMEOUT_SECONDS, Bench, Log, manifest, py, sh, spec

ENDLESS = "echo ready; while :; do sleep 0.05; done"
STUBBORN = f"trap '' TERM; {ENDLESS}"
NOWHERE = Path("/does/not/exist")


@pytest.mark.asyncio
class EngineContract:
    """The behaviour of an engine, on real processes."""

    @pytest.fixture
    def bench(self, engine: ExecutionEngine) -> Bench:
        """The engine with an empty log."""
        return Bench(engine)

    # What the process is given

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

    # What it says

    async def test_lines_come_in_order_and_the_last_needs_no_line_end(self, bench: Bench) -> None:
        await bench.run(sh(r"printf 'a\r\n\nb'; printf 'c\nd' >&2"))
        assert (bench.log.stdout, bench.log.stderr) == ([b"a", b"", b"b"], [b"c", b"d"])

    async def test_a_carriage_return_ends_a_line_and_with_a_line_feed_it_is_one_end(self, bench: Bench) -> None:
        await bench.run(sh(r"printf '10 %%\r'; sleep 0.1; printf '\n20 %%\r30 %%\r\n'"))
        assert bench.log.stdout == [b"10 %", b"20 %", b"30 %"]

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
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while not bench.log.stdout:
                await asyncio.sleep(0.05)
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await execution
        assert set(b"".join(bench.log.stdout)) == set(b".")

    async def test_no_line_is_lost_of_many(self, bench: Bench) -> None:
        await bench.run(sh("seq 1 100000"))
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

    async def test_a_job_waits_for_a_log_that_is_slow(self, engine: ExecutionEngine) -> None:
        class Slow(Log):
            async def write(self, stream: Stream, lines: Sequence[bytes]) -> None:
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

    # How it ends

    async def test_a_command_that_ends_with_0_completes(self, bench: Bench) -> None:
        outcome = await bench.run(sh("true"))

        assert outcome == Completed(CapturedOutput(), outcome.times)
        assert outcome.times.started
        assert outcome.times.ended
        assert outcome.times.started < outcome.times.ended
        assert bench.log.lines == []

    @pytest.mark.parametrize(
        ("script", "error", "exit_code"),
        [
            ("exit 3", "bad-data", 3),
            ("exit 4", builtin_errors.ALGORITHM_UNKNOWN, 4),
            ("kill -KILL $$", builtin_errors.ALGORITHM_UNKNOWN, 128 + signal.SIGKILL),
        ],
    )
    async def test_an_exit_code_is_an_error(self, bench: Bench, script: str, error: str, exit_code: int) -> None:
        declared = manifest(errors=(SeedError(3, "bad-data", "Bad data", "", ErrorCategory.DATA),))
        outcome = await bench.run(sh(script, declared))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (error, exit_code)
        assert bench.log.stderr[-1] == f"jobsvc: {outcome.reason}".encode()

    async def test_a_command_that_is_not_there_says_so(self, bench: Bench) -> None:
        outcome = await bench.run(spec(manifest(command="no-such-command --flag")))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (builtin_errors.ALGORITHM_UNKNOWN, 127)
        assert b"no-such-command" in bench.log.stderr[-1]

    @pytest.mark.parametrize("script", [ENDLESS, STUBBORN])
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
    @pytest.mark.parametrize(("reason", "kind"), [(StopReason.CANCEL, Canceled), (StopReason.HAND_BACK, HandedBack)])
    async def test_stop_ends_a_job(
        self, bench: Bench, script: str, reason: StopReason, kind: type[Canceled | HandedBack]
    ) -> None:
        job = sh(script)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        for _ in range(2):
            await bench.engine.stop(job.execution_id, reason)

        outcome = await execution
        assert isinstance(outcome, kind)
        assert outcome.times.ended

    async def test_a_job_may_clean_up_when_it_is_stopped(self, bench: Bench) -> None:
        job = sh(f"trap 'echo cleaned up; exit 0' TERM; {ENDLESS}")
        execution = bench.start(job)
        await bench.log.until(b"ready")
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)

        assert isinstance(await execution, Canceled)
        assert bench.log.stdout == [b"ready", b"cleaned up"]

    async def test_a_cancel_outweighs_a_hand_back(self, bench: Bench) -> None:
        job = sh(STUBBORN)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        for reason in (StopReason.HAND_BACK, StopReason.CANCEL, StopReason.HAND_BACK):
            await bench.engine.stop(job.execution_id, reason)
        assert isinstance(await execution, Canceled)

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
        class StopsAtLast(Log):
            count = 0

            async def write(self, stream: Stream, lines: Sequence[bytes]) -> None:  # noqa: ARG002 (not kept)
                self.count += len(lines)
                if self.count > 100_000 and not stops:
                    stops.append(asyncio.create_task(engine.stop(job.execution_id, StopReason.CANCEL)))

        stops: list[asyncio.Task[None]] = []
        job = sh("yes")
        assert isinstance(await Bench(engine, StopsAtLast()).run(job), Canceled)

    async def test_a_stop_after_the_end_changes_nothing(self, bench: Bench) -> None:
        job = sh("true")
        assert isinstance(await bench.run(job), Completed)
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await bench.engine.stop(0, StopReason.CANCEL)

    # What it leaves

    async def test_files_are_captured_with_what_their_side_cars_say(self, bench: Bench) -> None:
        declared = manifest(
            file_outputs=(
                FileOutput("image", "*.tif", "image/x-tiff"),
                FileOutput("rest", "d/*", multiple=True),
            ),
        )
        feature = '{"type": "Feature", "geometry": null, "properties": {"sourceSensor": "s"}}'
        script = f"touch a.tif; echo '{feature}' > a.tif.metadata.json; mkdir d; touch d/b.csv d/c"
        outcome = await bench.run(sh(script, declared))

        assert isinstance(outcome, Completed)
        metadata = {"type": "Feature", "geometry": None, "properties": {"sourceSensor": "s"}}
        assert [(file.output, file.relative_path, file.media_type, file.metadata) for file in outcome.output.files] == [
            ("image", "a.tif", "image/x-tiff", metadata),
            ("rest", "d/b.csv", "text/csv", None),
            ("rest", "d/c", "application/octet-stream", None),
        ]
        assert all(file.path.is_file() for file in outcome.output.files)

    async def test_values_are_captured_and_metadata_of_inputs(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "stored").touch()
        point = '{"type": "Point", "coordinates": [1, 2]}'
        declared = manifest(
            file_inputs=(FileInput("IN"), FileInput("MANY", multiple=True)),
            json_outputs=(JsonOutput("count", JsonType.INTEGER, key="N"),),
        )
        script = f"""
            for each in IN MANY; do echo '{point}' > $each.metadata.json; done
            echo '{{"N": 3, "other": 1}}' > seed.outputs.json
        """
        files = (InputFile(1, tmp_path / "stored", "a"),)
        outcome = await bench.run(sh(script, declared, file_inputs={"IN": files, "MANY": files}))

        metadata = {"IN": {"type": "Point", "coordinates": [1, 2]}}
        assert outcome == Completed(CapturedOutput((), {"count": 3}, metadata), outcome.times)

    async def test_values_that_are_missing_are_only_worth_a_line(self, bench: Bench) -> None:
        declared = manifest(json_outputs=(JsonOutput("count", JsonType.INTEGER, key="N"),))

        assert isinstance(await bench.run(sh("true", declared)), Completed)
        assert b"seed.outputs.json" in bench.log.stderr[-1]

    @pytest.mark.parametrize(
        ("script", "error"),
        [
            ("true", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("touch a.txt b.txt", builtin_errors.UNEXPECTED_MULTIPLE_OUTPUTS),
            ("touch a.txt; echo '{' > seed.outputs.json", builtin_errors.INVALID_RESULTS_MANIFEST),
            (
                """touch a.txt; echo '{"N": "3"}' > seed.outputs.json""",
                builtin_errors.INVALID_RESULTS_MANIFEST,
            ),
            ("touch a.txt; echo [] > a.txt.metadata.json", builtin_errors.INVALID_RESULTS_MANIFEST),
        ],
    )
    async def test_a_job_fails_for_what_it_left(self, bench: Bench, script: str, error: str) -> None:
        declared = manifest(
            file_outputs=(FileOutput("text", "*.txt"),),
            json_outputs=(JsonOutput("N", JsonType.INTEGER, "N"),),
        )
        outcome = await bench.run(sh(script, declared))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (error, 0)
        assert bench.log.stderr == [f"jobsvc: {outcome.reason}".encode()]

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (r"%251s" + "%251s", "nested deeper than 100 levels"),
            ('{"N": NaN}', "is no JSON"),
            ('{"N": Infinity}', "is no JSON"),
            ('{"N": 1e400}', "is no JSON"),
            ('{"N": 9223372036854775808}', "must be an integer of 64 bits"),
            ('{"other": 1%60s}', "must be an integer of 64 bits"),
            (r'{"N": "\\ud800"}', "is no JSON"),
            (r'{"N": "\\u0000"}', "U+0000"),
            (r'{"N": "\377"}', "is no JSON"),
            ('{"N": 1, "N": 2}', "given twice"),
            ("[]", "must be an object"),
            ("", "is empty"),
            ("null", "must be an object"),
        ],
    )
    async def test_values_that_no_reader_could_read_fail_the_job(self, bench: Bench, content: str, why: str) -> None:
        content = content.replace("%251s", "[" * 251, 1).replace("%251s", "]" * 251).replace("%60s", "0" * 60)
        declared = manifest(json_outputs=(JsonOutput("N", JsonType.INTEGER, "N"),))
        outcome = await bench.run(sh(f"printf '{content}' > seed.outputs.json", declared))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (builtin_errors.INVALID_RESULTS_MANIFEST, 0)
        assert outcome.reason.startswith("seed.outputs.json")
        assert why in outcome.reason
        assert bench.log.stderr == [f"jobsvc: {outcome.reason}".encode()]

    @pytest.mark.parametrize(
        "script",
        [
            "mkfifo {}",
            "mkdir {}",
            "ln -s /etc/passwd {}",
            "truncate -s 2G {}",
            "head -c 200000000 /dev/zero > {}",
            "ln -s {} {}",
        ],
    )
    @pytest.mark.parametrize("name", ["seed.outputs.json", "a.txt.metadata.json", "IN.metadata.json"])
    async def test_documents_that_are_no_files_or_too_large_fail_the_job(
        self, bench: Bench, tmp_path: Path, script: str, name: str
    ) -> None:
        (tmp_path / "stored").touch()
        declared = manifest(file_inputs=(FileInput("IN"),), file_outputs=(FileOutput("text", "*.txt"),))
        files = {"IN": (InputFile(1, tmp_path / "stored", "a"),)}
        outcome = await bench.run(sh(f"touch a.txt; {script.replace('{}', name)}", declared, file_inputs=files))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (builtin_errors.INVALID_RESULTS_MANIFEST, 0)
        assert outcome.reason.startswith(f"{name}: ")

    async def test_a_byte_order_mark_says_nothing(self, bench: Bench) -> None:
        declared = manifest(json_outputs=(JsonOutput("N", JsonType.INTEGER, "N"),))
        outcome = await bench.run(sh(r"""printf '\357\273\277{"N": 3}' > seed.outputs.json""", declared))
        assert isinstance(outcome, Completed)
        assert outcome.output.json == {"N": 3}

    @pytest.mark.parametrize(
        ("script", "error"),
        [
            ("rmdir $OUTPUT_DIR; ln -s /etc $OUTPUT_DIR", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("mv $OUTPUT_DIR $OUTPUT_DIR.old; ln -s $OUTPUT_DIR.old $OUTPUT_DIR", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("rmdir $OUTPUT_DIR; touch $OUTPUT_DIR", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("rmdir $OUTPUT_DIR", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("ln -s /etc sub", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("ln -s /etc/passwd passwd", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("mkfifo pipe", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("d=; for i in $(seq 150); do d=${d}d/; done; mkdir -p $d", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("touch $(printf 'a\\377')", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("truncate -s 2T huge", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("seq 10001 | xargs touch", builtin_errors.INVALID_RESULTS_MANIFEST),
        ],
    )
    async def test_only_what_lies_in_the_directory_is_published_and_not_without_bounds(
        self, bench: Bench, script: str, error: str
    ) -> None:
        declared = manifest(file_outputs=(FileOutput("all", "**", multiple=True),))
        outcome = await bench.run(sh(script, declared))
        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (error, 0)
        assert bench.log.stderr[-1 if error == builtin_errors.INVALID_RESULTS_MANIFEST else 0].startswith(b"jobsvc: ")
        assert outcome.reason

    async def test_a_pattern_with_many_wildcards_is_matched_at_once(self, bench: Bench) -> None:
        declared = manifest(file_outputs=(FileOutput("all", "**/d/" * 9 + "y", required=False),))
        script = "d=; for i in $(seq 24); do d=${d}d/; done; mkdir -p $d; touch ${d}x"
        assert isinstance(await bench.run(sh(script, declared)), Completed)

    async def test_a_directory_that_was_made_anew_counts(self, bench: Bench) -> None:
        declared = manifest(file_outputs=(FileOutput("all", "*"),))
        outcome = await bench.run(sh("rmdir $OUTPUT_DIR; mkdir $OUTPUT_DIR; touch $OUTPUT_DIR/a", declared))
        assert isinstance(outcome, Completed)

    async def test_release_removes_what_was_captured(self, bench: Bench) -> None:
        job = sh("echo text > a.txt", manifest(file_outputs=(FileOutput("text", "*.txt"),)))
        outcome = await bench.run(job)
        assert isinstance(outcome, Completed)
        (captured,) = outcome.output.files

        assert captured.path.read_text() == "text\n"
        for _ in range(2):
            await bench.engine.release(job.execution_id)
        assert not captured.path.exists()

    async def test_executions_run_side_by_side(self, bench: Bench) -> None:
        outcomes = await asyncio.gather(*(bench.run(sh("sleep 0.2; echo done")) for _ in range(10)))
        assert all(isinstance(outcome, Completed) for outcome in outcomes)
        assert bench.log.stdout == [b"done"] * 10
