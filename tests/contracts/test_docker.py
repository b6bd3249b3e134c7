"""The engine `docker` on real runtimes."""

import asyncio
import contextlib
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiodocker import Docker

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Canceled, Completed, Failed
from jobsvc.domain.seed import FileInput, FileOutput, SeedManifest
from jobsvc.engines.docker import DockerEngine, DockerOptions
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.ports.engine import InputFile, LaunchSpec, StopReason
from jobsvc.ports.remote_engine import RemoteEngine
from tests.waiting import eventually

from .engine_bench import INSTALLATION, TIMEOUT_SECONDS, Bench, manifest, py, sh
from .engine_launch_contract import PartialLineContract
from .engine_remote_contract import MakeRemote, Outage, RemoteContract
from .socket_relay import SocketRelay

SMALL_DISK_MIB = 300
ADD = "dd if=/dev/zero bs=1M count={} >> file 2>&-"


def _one_output() -> SeedManifest:
    return manifest(file_outputs=(FileOutput("result", "result"),))


async def _log_file(url: str, job: LaunchSpec) -> Path:
    async with Docker(url=url) as docker:
        return Path(str((await docker.containers.container(job.handle).show())["LogPath"]))


# The library does not close what was asked for when who asked is cancelled; the loop does.
@pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning")
class ContainerContract(RemoteContract):
    """What every runtime does. A subclass gives the fixture `runtime_url`."""

    killed_error = builtin_errors.DOCKER_TERMINATED

    @pytest_asyncio.fixture
    async def relay(self, runtime_url: str, tmp_path: Path) -> AsyncIterator[SocketRelay]:
        """The way to the runtime."""
        relay = SocketRelay(tmp_path / "relay.sock", Path(runtime_url.removeprefix("unix://")))
        await relay.connect()
        yield relay
        await relay.cut()

    @pytest.fixture
    def make_remote(self, relay: SocketRelay) -> MakeRemote:
        def make(runs: Path) -> RemoteEngine:  # noqa: ARG001 - containers have no directories of their own
            return DockerEngine(INSTALLATION, DockerOptions(url=f"unix://{relay.path}"))

        return make

    @pytest.fixture
    def outage(self, relay: SocketRelay) -> Outage:
        @contextlib.asynccontextmanager
        async def outage() -> AsyncIterator[None]:
            await relay.cut()
            try:
                yield
            finally:
                await relay.connect()

        return outage

    @pytest.fixture
    def small_disk(self, tmp_path: Path) -> Iterator[Path]:
        """A file system of `SMALL_DISK_MIB`."""
        place = tmp_path / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_MIB}m", "none", str(place)], check=True)
        yield place
        subprocess.run(["umount", "-l", str(place)], check=True)

    async def test_a_job_with_too_much_memory_says_so(self, bench: Bench) -> None:
        job = py("x = bytearray(200 << 20); print(len(x))", resources={"mem": 64.0})
        outcome = await bench.run(job)
        assert isinstance(outcome, Failed)
        assert "memory of 64 MiB" in outcome.reason
        assert bench.log.stdout == []

    async def test_a_line_comes_soon_that_the_runtime_does_not_announce(self, bench: Bench, relay: SocketRelay) -> None:
        relay.unanswered = b"follow=true"
        execution = bench.start(sh("echo first; sleep 5.5; date +%s; sleep 60"))
        await eventually(lambda: len(bench.log.stdout) > 1, TIMEOUT_SECONDS)
        # Its file is looked at twice a second at most; the log itself would have been read about now.
        assert time.time() - int(bench.log.stdout[1]) < 3.5
        execution.cancel()
        await asyncio.wait([execution])

    async def test_what_somebody_has_paused_can_be_canceled(self, bench: Bench, runtime_url: str) -> None:
        job = sh("echo ready; while :; do sleep 0.05; done")
        execution = bench.start(job)
        await bench.log.until(b"ready")
        async with Docker(url=runtime_url) as docker:
            await docker.containers.container(job.handle).pause()
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        assert isinstance(await execution, Canceled)

    async def test_a_runtime_without_gpus_says_so_and_runs_nothing(self, bench: Bench) -> None:
        outcome = await bench.run(sh("echo done", resources={"gpus": 0.5}))
        assert isinstance(outcome, Failed)
        assert outcome.error_name == builtin_errors.DOCKER_TASK_LAUNCH
        assert "gpu" in outcome.reason.lower()
        assert bench.log.stdout == []

    @pytest.mark.parametrize("image", ["localhost/no-such-image:1", "no such name", ""])
    async def test_an_image_that_is_not_there_says_so(self, bench: Bench, image: str) -> None:
        outcome = await bench.run(replace(sh("true"), docker_image=image))
        assert isinstance(outcome, Failed)
        assert outcome.error_name in {builtin_errors.PULL, builtin_errors.DOCKER_TASK_LAUNCH}
        assert image in outcome.reason

    async def test_paths_are_those_of_seed(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "stored").write_text("content")
        files = {"IN": (InputFile(1, tmp_path / "stored", "a.txt"),)}
        await bench.run(sh("echo $IN $OUTPUT_DIR", manifest(file_inputs=(FileInput("IN"),)), file_inputs=files))
        assert bench.log.stdout == [b"/scale/input_data/IN/a.txt /scale/output_data"]

    # Closed by default

    @pytest.mark.parametrize(
        "script",
        [
            "touch /x",
            "touch /scale/x",
            "echo more >> $IN",
            "rm -f $IN",
            "chown 0 $OUTPUT_DIR",
            "mount -t tmpfs none /mnt",
            "ping -c 1 127.0.0.2 || wget -T 1 http://192.0.2.1/",
            "mknod $OUTPUT_DIR/sda b 8 0",
            "chroot /bin true",
            "ls /run/docker.sock /var/run/docker.sock /run/podman/podman.sock",
        ],
    )
    async def test_a_job_may_not(self, bench: Bench, tmp_path: Path, script: str) -> None:
        (tmp_path / "stored").write_text("content")
        files = {"IN": (InputFile(1, tmp_path / "stored", "a.txt"),)}
        declared = manifest(file_inputs=(FileInput("IN"),))
        outcome = await bench.run(sh(f"{script} && echo done", declared, file_inputs=files))
        assert isinstance(outcome, Failed)
        assert b"done" not in bench.log.stdout
        assert (tmp_path / "stored").read_text() == "content"

    async def test_a_job_has_no_rights_and_few_things(self, bench: Bench) -> None:
        script = """if True:
            import os
            status = dict(line.split(":", 1) for line in open("/proc/self/status"))
            print(os.getuid(), os.getgid(), status["CapEff"].strip(), status["NoNewPrivs"].strip())
            print(sorted(name for name in os.environ if name.startswith("JOBSVC")), os.access("/tmp", os.W_OK))
        """
        assert isinstance(await bench.run(py(script)), Completed)
        assert bench.log.stdout == [b"65534 65534 0000000000000000 1", b"[] True"]

    async def test_a_fork_bomb_ends_at_its_limit(self, bench: Bench) -> None:
        outcome = await bench.run(sh("bomb() { bomb | bomb & }; bomb; sleep 3", timeout=5))
        assert isinstance(outcome, Completed | Failed)
        assert isinstance(await bench.run(sh("true")), Completed)

    async def test_temporary_files_have_a_limit(self, bench: Bench) -> None:
        outcome = await bench.run(sh("dd if=/dev/zero of=/tmp/x bs=1M count=1000"))
        assert isinstance(outcome, Failed)

    # What is left for others

    async def test_the_run_that_fills_the_disk_is_stopped(self, make_remote: MakeRemote, small_disk: Path) -> None:
        runs = small_disk / "runs"
        engine = RemoteExecutionEngine(
            make_remote(runs), runs, installation=INSTALLATION, grace_seconds=1.0, min_free_mib=SMALL_DISK_MIB // 2
        )
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(engine.close)
            bench, others = Bench(engine), Bench(engine)
            large = others.start(sh(f"{ADD.format(20)}; sleep 9; echo done > result", _one_output()))
            small = others.start(sh("sleep 8; echo done > result", _one_output()))
            filler = sh(f"while :; do {ADD.format(5)}; sleep 0.1; done")
            outcome = await bench.run(filler)
            await engine.release(filler.execution_id)
            assert isinstance(outcome, Failed)
            assert outcome.error_name == builtin_errors.FILESYSTEM_IO
            assert f"{SMALL_DISK_MIB // 2} are needed" in outcome.reason
            assert isinstance(await large, Completed)
            assert isinstance(await small, Completed)
            assert b"left" in bench.log.stderr[-1]
            await engine.remove(engine._handles.values())

    # Usage

    async def test_time_and_memory_of_a_job_are_known(self, bench: Bench) -> None:
        outcome = await bench.run(py("import time; x = bytearray(50 << 20)\nwhile time.process_time() < 3: pass"))
        assert isinstance(outcome, Completed)
        usage = outcome.times.usage
        assert 1 < (usage.cpu_seconds or 0) < 6
        assert 40 < (usage.peak_memory or 0) < 200

    async def test_those_of_a_job_that_is_taken_over_count_from_its_start(self, bench: Bench, other: Bench) -> None:
        burn = "import time; x = bytearray(50 << 20); del x\nwhile time.process_time() < 2: pass"
        job = py(f"{burn}\nprint('ready', flush=True); time.sleep(4)")
        await self._die_behind(bench, job, b"ready")
        outcome = await other.run(job)
        assert isinstance(outcome, Completed)
        assert (outcome.times.usage.cpu_seconds or 0) > 1.9
        assert (outcome.times.usage.peak_memory or 0) > 40


class TestPodman(PartialLineContract, ContainerContract):
    """On Podman."""

    missing_command_codes = frozenset({1, 127})
    """Its init process ends with 1."""

    @pytest.fixture
    def runtime_url(self, podman_url: str) -> str:
        return podman_url

    async def test_a_line_that_is_read_while_it_is_written_comes_as_a_whole(self, bench: Bench, runtime_url: str) -> None:
        job = sh("echo first; sleep 60")
        execution = bench.start(job)
        await bench.log.until(b"first")
        with (await _log_file(runtime_url, job)).open("ab", buffering=0) as file:
            # As its monitor does, which writes so many pieces at a time, whatever they end with.
            head = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}000+00:00 stdout F ".encode()
            file.write(head + b"second\n" + head)
            await bench.log.until(b"second")
            file.write(b"third\n" + head + b"fou")
            await bench.log.until(b"third")
            file.write(b"rth\n")
            await bench.log.until(b"fourth")
        assert bench.log.stdout == [b"first", b"second", b"third", b"fourth"]
        execution.cancel()
        await asyncio.wait([execution])


class TestDocker(ContainerContract):
    """On Docker, which passes on whole lines only."""

    first_seen = b"Name: x"

    @pytest.fixture
    def runtime_url(self, dockerd_url: str) -> str:
        return dockerd_url
