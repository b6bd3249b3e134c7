"""The engine `docker` on real runtimes."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Completed, Failed
from jobsvc.domain.seed import FileInput
from jobsvc.engines.docker import DockerEngine, DockerOptions
from jobsvc.ports.engine import InputFile
from jobsvc.ports.remote_engine import RemoteEngine

from .engine_bench import INSTALLATION, Bench, manifest, py, sh
from .engine_launch_contract import PartialLineContract
from .engine_remote_contract import MakeRemote, Outage, RemoteContract
from .socket_relay import SocketRelay


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

    async def test_a_job_with_too_much_memory_says_so(self, bench: Bench) -> None:
        job = py("x = bytearray(200 << 20); print(len(x))", resources={"mem": 64.0})
        outcome = await bench.run(job)
        assert isinstance(outcome, Failed)
        assert "memory of 64 MiB" in outcome.reason
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


class TestPodman(PartialLineContract, ContainerContract):
    """On Podman."""

    missing_command_codes = frozenset({1, 127})
    """Its init process ends with 1."""

    @pytest.fixture
    def runtime_url(self, podman_url: str) -> str:
        return podman_url


class TestDocker(ContainerContract):
    """On Docker, which passes on whole lines only."""

    first_seen = b"Name: x"

    @pytest.fixture
    def runtime_url(self, dockerd_url: str) -> str:
        return dockerd_url
