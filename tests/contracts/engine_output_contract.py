"""What every engine takes over of what its jobs leave."""

from pathlib import Path

import pytest

from jobsvc.domain import builtin_errors
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.outcome import CapturedOutput, Completed, Failed
from jobsvc.domain.seed import (
    FileInput,
    FileOutput,
    JsonOutput,
)
from jobsvc.ports.engine import InputFile

from .engine_bench import Bench, manifest, sh

ENDLESS = "echo ready; while :; do sleep 0.05; done"


class OutputContract:
    """Files, values, and what they may not be."""

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
            ('{"N": 1, "N": 2}', "occurs twice"),
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
            ("ln -s /etc sub", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("ln -s /etc/passwd passwd", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("mkfifo pipe", builtin_errors.MISSING_REQUIRED_OUTPUT),
            ("d=; for i in $(seq 150); do d=${d}d/; done; mkdir -p $d", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("touch $(printf 'a\\377')", builtin_errors.INVALID_RESULTS_MANIFEST),
            ("truncate -s 2199023255552 huge", builtin_errors.INVALID_RESULTS_MANIFEST),
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

    async def test_release_removes_what_was_captured(self, bench: Bench) -> None:
        job = sh("echo text > a.txt", manifest(file_outputs=(FileOutput("text", "*.txt"),)))
        outcome = await bench.run(job)
        assert isinstance(outcome, Completed)
        (captured,) = outcome.output.files

        assert captured.path.read_text() == "text\n"
        for _ in range(2):
            await bench.engine.release(job.execution_id)
        assert not captured.path.exists()
