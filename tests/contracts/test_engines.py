"""The engines, each against the behaviour suite and in what is special about it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from signal import SIGKILL

import pytest
import pytest_asyncio

from jobsvc.domain import builtin_errors
from jobsvc.domain.json_types import JsonType
from jobsvc.domain.outcome import Completed, Failed
from jobsvc.domain.seed import FileInput, FileOutput, JsonInput, Mount, SeedManifest
from jobsvc.domain.status import Stream
from jobsvc.engines.process_group import ProcessGroup
from jobsvc.engines.subprocess import SubprocessEngine
from jobsvc.ports.engine import InputFile, StopReason
from tests.waiting import eventually

from .engine_bench import TIMEOUT_SECONDS, Bench, Log, manifest, py, sh, spec
from .engine_contract import EngineContract
from .engine_launch_contract import PartialLineContract
from .engine_process_contract import HostDirectoryContract, OwnProcessContract

# A child in the background, one that nobody is the parent of, and one that takes no notice of TERM.
FAMILY = "sleep 60 & (sleep 60 &) ; sh -c \"trap '' TERM; echo ready; while :; do sleep 0.05; done\" &"


class TestPlainSubprocess(HostDirectoryContract, OwnProcessContract, PartialLineContract, EngineContract):
    """The same engine where there are no supervisors."""

    @pytest_asyncio.fixture
    async def engine(self, tmp_path: Path) -> AsyncIterator[SubprocessEngine]:
        """An engine that starts its processes itself."""
        engine = SubprocessEngine(tmp_path / "scratch", worker_id="w1", grace_seconds=0.5, supervised=False)
        yield engine
        await engine.close()

    @pytest.mark.parametrize("command", [["sleep", "60"], ["yes"]])
    async def test_a_process_that_left_the_group_does_not_hold_up_the_end(self, bench: Bench, command: list[str]) -> None:
        script = f"""if True:
            import subprocess, sys
            print(subprocess.Popen({command}, start_new_session=True).pid, file=sys.stderr)
        """
        outcome = await bench.run(py(script))
        os.kill(int(bench.log.stderr[0]), SIGKILL)
        assert isinstance(outcome, Completed)


class TestSubprocess(HostDirectoryContract, OwnProcessContract, PartialLineContract, EngineContract):
    """The engine `subprocess`."""

    @pytest_asyncio.fixture
    async def engine(self, tmp_path: Path) -> AsyncIterator[SubprocessEngine]:
        """An engine that keeps its executions below the test's directory."""
        engine = SubprocessEngine(tmp_path / "scratch", worker_id="w1", grace_seconds=0.5)
        yield engine
        await engine.close()

    @pytest.fixture
    def own(self, tmp_path: Path) -> Path:
        """The directory of the engine."""
        return tmp_path / "scratch" / "w1"

    # Processes

    async def test_what_a_job_leaves_running_ends_with_it(self, bench: Bench, own: Path) -> None:
        job = sh(f"{FAMILY} exit 0")
        outcome = await bench.run(job)
        assert isinstance(outcome, Completed)
        assert not _group(own, job.execution_id).runs()

    async def test_stop_ends_the_whole_family(self, bench: Bench, own: Path) -> None:
        job = sh(f"{FAMILY} wait")
        execution = bench.start(job)
        await bench.log.until(b"ready")
        group = _group(own, job.execution_id)
        assert group.runs()

        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await execution
        assert not group.runs()

    async def test_children_may_clean_up_after_their_parent(self, bench: Bench) -> None:
        child = "trap 'sleep 0.05; echo cleaned up; exit' TERM; echo ready; while :; do sleep 0.02; done"
        job = sh(f'sh -c "{child}" & wait')
        execution = bench.start(job)
        await bench.log.until(b"ready")
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await execution
        assert bench.log.stdout == [b"ready", b"cleaned up"]

    async def test_a_cancelled_task_leaves_nothing_running(self, bench: Bench, own: Path) -> None:
        job = sh(f"{FAMILY} wait")
        execution = bench.start(job)
        await bench.log.until(b"ready")
        execution.cancel()
        await asyncio.wait([execution])

        assert execution.cancelled()
        assert not _group(own, job.execution_id).runs()

    async def test_a_broken_log_ends_the_job(self, engine: SubprocessEngine, own: Path) -> None:
        class Broken(Log):
            async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002 (it is broken)
                raise LookupError

        job = sh(f"{FAMILY} wait")
        with pytest.raises(ExceptionGroup) as error:
            await Bench(engine, Broken()).run(job)
        assert error.group_contains(LookupError)
        assert not _group(own, job.execution_id).runs()

    async def test_a_stop_between_the_end_and_its_outcome_changes_nothing(self, engine: SubprocessEngine) -> None:
        class StopsAtTheEnd(Log):
            async def write(self, stream: Stream, lines: Sequence[bytes], at: datetime | None = None) -> None:  # noqa: ARG002
                await super().write(stream, lines)
                await eventually(lambda: _is_gone(int(lines[0])), TIMEOUT_SECONDS)
                await asyncio.sleep(0.01)  # until the engine has read of it, too
                await engine.stop(job.execution_id, StopReason.CANCEL)

        job = sh("echo $$")
        assert isinstance(await Bench(engine, StopsAtTheEnd()).run(job), Completed)

    # Commands

    async def test_a_file_that_is_no_program_says_so(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "data").touch(mode=0o644)
        outcome = await bench.run(spec(manifest(command=str(tmp_path / "data"))))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (builtin_errors.ALGORITHM_UNKNOWN, 126)

    async def test_a_value_that_is_too_long_for_a_variable_says_so(self, bench: Bench) -> None:
        declared = manifest(json_inputs=(JsonInput("TEXT", JsonType.STRING),))
        outcome = await bench.run(sh("true", declared, json_inputs={"TEXT": "x" * 10_000_000}))

        assert isinstance(outcome, Failed)
        assert (outcome.exit_code, outcome.reason[-22:]) == (126, "Argument list too long")

    @pytest.mark.parametrize(
        ("declared", "variable"),
        [
            (manifest(json_inputs=(JsonInput("path", JsonType.STRING),)), "PATH"),
            (manifest(json_inputs=(JsonInput("a-b", JsonType.STRING), JsonInput("A_B", JsonType.STRING))), "A_B"),
        ],
    )
    async def test_a_stored_manifest_with_names_that_are_taken_says_so(
        self, bench: Bench, declared: SeedManifest, variable: str
    ) -> None:
        outcome = await bench.run(sh("true", declared, json_inputs={"path": "/nowhere"}))

        assert isinstance(outcome, Failed)
        assert (outcome.error_name, outcome.exit_code) == (builtin_errors.ALGORITHM_UNKNOWN, 126)
        assert f" {variable}; " in outcome.reason

    async def test_a_stored_command_that_cannot_be_split_says_so(self, bench: Bench) -> None:
        outcome = await bench.run(spec(manifest(command="echo 'open")))
        assert isinstance(outcome, Failed)
        assert outcome.reason.endswith("No closing quotation")

    async def test_an_optional_argument_is_an_option_and_its_value_or_nothing(self, bench: Bench) -> None:
        declared = manifest(
            command="""sh -c 'printf "%s|" "$@"' sh ${SOME/#/--some } ${NONE/#/--none } "${SOME/#/-s }" end""",
            json_inputs=(JsonInput("SOME", JsonType.STRING), JsonInput("NONE", JsonType.STRING, required=False)),
        )
        await bench.run(spec(declared, json_inputs={"SOME": "a 'b' $(touch x) *\\"}))
        assert bench.log.stdout == [b"--some|a 'b' $(touch x) *\\|-s a 'b' $(touch x) *\\|end|"]

    async def test_without_a_command_there_is_nothing_to_run(self, bench: Bench) -> None:
        assert isinstance(await bench.run(spec(manifest())), Failed)

    async def test_the_environment_has_nothing_else(self, bench: Bench, own: Path) -> None:
        job = py("import json, os; print(json.dumps([os.getcwd(), dict(os.environ)]))", manifest())
        await bench.run(job)
        home = own / str(job.execution_id)
        directory, variables = json.loads(bench.log.stdout[0])

        path = variables.pop("PATH").split(os.pathsep)
        assert directory == variables["OUTPUT_DIR"] == str(home / "output")
        assert path[1:] == os.environ["PATH"].split(os.pathsep)
        assert variables == {
            "HOME": str(home),
            "INPUT_METADATA": "",
            "LANG": "C.UTF-8",
            "OUTPUT_DIR": str(home / "output"),
            "SCALE_EXE_NUM": "2",
            "SCALE_JOB_ID": "7",
            "TMPDIR": str(home / "tmp"),
        }

    async def test_a_mount_is_the_path_of_the_host(self, bench: Bench) -> None:
        declared = manifest(mounts=(Mount("ref-data", "/data"),))
        await bench.run(sh("echo $REF_DATA", declared, mounts={"ref-data": {"type": "host", "host_path": "/srv/x"}}))
        assert bench.log.stdout == [b"/srv/x"]

    # Files

    async def test_directories_are_private(self, bench: Bench, own: Path) -> None:
        job = sh("true")
        await bench.run(job)
        directories = [item for item in own.parent.rglob("*") if item.is_dir()]
        assert {directory.stat().st_mode & 0o777 for directory in directories} == {0o700}
        assert {item.name for item in own.iterdir()} == {"lock", str(job.execution_id)}

    @pytest.mark.parametrize("name", ["../../up", "/etc/passwd", "..", "."])
    async def test_a_file_name_does_not_lead_out(self, bench: Bench, tmp_path: Path, own: Path, name: str) -> None:
        (tmp_path / "stored").touch()
        declared = manifest(file_inputs=(FileInput("IN"),))
        job = sh("echo $IN", declared, file_inputs={"IN": (InputFile(1, tmp_path / "stored", name),)})
        await bench.run(job)
        (link,) = (own / str(job.execution_id) / "inputs" / "IN").iterdir()
        assert bench.log.stdout == [str(link).encode()]

    async def test_a_link_to_outside_is_no_output(self, bench: Bench) -> None:
        declared = manifest(file_outputs=(FileOutput("text", "*", multiple=True),))
        outcome = await bench.run(sh("touch real; ln -s real good; ln -s /etc/passwd bad; mkfifo pipe", declared))

        assert isinstance(outcome, Completed)
        assert [file.relative_path for file in outcome.output.files] == ["good", "real"]
        assert bench.log.stderr[0].startswith(b"jobsvc: bad is left out")

    async def test_a_directory_that_cannot_be_made_is_the_systems_fault(self, bench: Bench, own: Path) -> None:
        job = sh("true")
        in_the_way = own / str(job.execution_id)
        in_the_way.touch()
        outcome = await bench.run(job)
        in_the_way.unlink()

        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.FILESYSTEM_IO

    async def test_close_leaves_nothing_behind(self, engine: SubprocessEngine, own: Path) -> None:
        await Bench(engine).run(sh("touch a"))
        for _ in range(2):
            await engine.close()
        assert not own.exists()


def _group(own: Path, execution_id: int) -> ProcessGroup:
    note = json.loads((own / str(execution_id) / "process.json").read_text())
    return ProcessGroup(note["pid"], note["start_time"])


def _is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
