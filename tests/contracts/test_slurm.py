"""The engine `slurm` on a real cluster."""

import asyncio
import contextlib
import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from jobsvc.domain.outcome import Completed, Failed
from jobsvc.domain.seed import FileInput, FileOutput
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.engines.slurm import Commands, SlurmEngine, SlurmOptions
from jobsvc.ports.engine import InputFile
from jobsvc.ports.remote_engine import EngineUnavailable, Phase, RemoteEngine, RunSpec
from tests.waiting import eventually

from .engine_bench import INSTALLATION, TIMEOUT_SECONDS, Bench, manifest, sh
from .engine_launch_contract import PartialLineContract
from .engine_process_contract import HostDirectoryContract
from .engine_remote_contract import MakeRemote, Outage, RemoteContract, run_together
from .slurm_nodes_contract import SlurmNodesContract


class TestSlurm(HostDirectoryContract, PartialLineContract, SlurmNodesContract, RemoteContract):
    """The contract of all engines, and of those whose runs outlive the worker."""

    at_once = 60

    @pytest.fixture
    def make_remote(self, slurm_conf: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRemote:
        monkeypatch.setenv("SLURM_CONF", str(slurm_conf))

        def make(runs: Path) -> RemoteEngine:
            engine = SlurmEngine(INSTALLATION, runs, SlurmOptions(), Commands())
            engine.poll_seconds = 0.3
            return engine

        return make

    @pytest.fixture
    def outage(self, slurm_conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Outage:
        """The controller is nowhere, as far as the commands can see."""
        elsewhere = tmp_path / "elsewhere.conf"
        elsewhere.write_text(re.sub(r"(?m)^SlurmctldPort=.*$", "SlurmctldPort=1", slurm_conf.read_text()) + "MessageTimeout=1\n")

        @contextlib.asynccontextmanager
        async def outage() -> AsyncIterator[None]:
            monkeypatch.setenv("SLURM_CONF", str(elsewhere))
            try:
                yield
            finally:
                monkeypatch.setenv("SLURM_CONF", str(slurm_conf))

        return outage

    @pytest.mark.timeout(900)
    async def test_a_thousand_run_at_once(self, bench: Bench) -> None:
        # A minute on a machine that is not busy.
        await run_together(bench, 1000, 850)


class TestSubmitting:
    """Who submits asks for the job only where there may be one."""

    _numbers = count(1)

    @pytest_asyncio.fixture
    async def engine(self, slurm_conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SlurmEngine]:
        monkeypatch.setenv("SLURM_CONF", str(slurm_conf))
        engine = SlurmEngine(INSTALLATION, tmp_path, SlurmOptions(), Commands())
        yield engine
        for handle in await engine.adopt():
            await engine.remove(handle)
        await engine.close()

    @pytest_asyncio.fixture
    async def run(self, engine: SlurmEngine, tmp_path: Path) -> RunSpec:
        """A run that is ready, and that goes on until it is ended."""
        handle = f"jobsvc-{INSTALLATION}-submitting-{next(self._numbers)}"
        (tmp_path / handle / "output").mkdir(parents=True)
        command = ["sh", "-c", "echo run >> runs; while :; do sleep 0.05; done"]
        resources = {"cpus": 1.0, "mem": 64.0}
        run = RunSpec(handle, {}, None, command, {"PATH": "/usr/bin:/bin"}, (), tmp_path / handle, resources)
        assert [sentence async for sentence in engine.prepare(run)] == []
        return run

    async def test_a_first_time_asks_for_nothing(
        self, engine: SlurmEngine, run: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        programs = tmp_path / "programs"
        programs.mkdir()
        (programs / "sbatch").symlink_to(str(shutil.which("sbatch")))
        with monkeypatch.context() as without_squeue:
            without_squeue.setenv("PATH", str(programs))
            await engine.submit(run)
            with pytest.raises(EngineUnavailable, match="squeue cannot be run"):
                await engine.submit(run)
        # It may have ended: its script has that path, too.
        assert [job.name for job in await Commands().queue() if job.name == run.handle] == [run.handle]

    async def test_a_second_time_submits_nothing(self, engine: SlurmEngine, run: RunSpec) -> None:
        await engine.submit(run)
        await engine.submit(run)
        assert await engine.adopt() == [run.handle]

    async def test_what_was_not_submitted_the_first_time_is_the_second_time(
        self, engine: SlurmEngine, run: RunSpec, slurm_conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        nowhere = tmp_path / "nowhere.conf"
        nowhere.write_text(re.sub(r"(?m)^SlurmctldPort=.*$", "SlurmctldPort=1", slurm_conf.read_text()) + "MessageTimeout=1\n")
        with monkeypatch.context() as away:
            away.setenv("SLURM_CONF", str(nowhere))
            with pytest.raises(EngineUnavailable):
                await engine.submit(run)
        await engine.submit(run)
        assert await engine.adopt() == [run.handle]

    async def test_a_second_job_of_the_name_neither_runs_nor_hides_the_first(self, engine: SlurmEngine, run: RunSpec) -> None:
        await engine.submit(run)
        await eventually((run.directory / "output" / "runs").exists, TIMEOUT_SECONDS)
        (run.directory / "offered").unlink()
        await engine.submit(replace(run, resources={"cpus": 1.0, "mem": 32.0}))
        assert await engine.adopt() == [run.handle] * 2
        async with asyncio.timeout(TIMEOUT_SECONDS):
            while len(await engine.adopt()) > 1:
                assert (await engine.observe([run.handle]))[run.handle].phase is Phase.RUNNING
        assert (await engine.observe([run.handle]))[run.handle].phase is Phase.RUNNING
        assert (run.directory / "output" / "runs").read_text() == "run\n"

    async def test_batch_scripts_get_nothing_of_the_service_and_no_login_shell(
        self, engine: SlurmEngine, run: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        programs = tmp_path / "programs"
        programs.mkdir()
        (programs / "sbatch").write_text(f'#!/bin/sh\nenv > {tmp_path}/environment\necho "$@" > {tmp_path}/arguments\n')
        (programs / "sbatch").chmod(0o755)
        with monkeypatch.context() as secrets:
            secrets.setenv("PATH", f"{programs}:/usr/bin:/bin")
            for name in ("JOBSVC_DATABASE_URL", "JOBSVC_TOKENS", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY"):
                secrets.setenv(name, "hidden")
            secrets.setenv("SBATCH_CLUSTERS", "east")
            await engine.submit(run)
        environment = (tmp_path / "environment").read_text()
        assert "hidden" not in environment
        assert "SBATCH_CLUSTERS=east" in environment
        assert "--export=ALL" in (tmp_path / "arguments").read_text().split()

    async def test_a_worker_that_stops_ends_its_commands(
        self, engine: SlurmEngine, run: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        programs, pipe = tmp_path / "programs", tmp_path / "pipe"
        programs.mkdir()
        os.mkfifo(pipe)
        (programs / "sbatch").write_text(f"#!/bin/sh\nexec cat {pipe} > /dev/null\n")
        (programs / "sbatch").chmod(0o755)
        with monkeypatch.context() as slow:
            slow.setenv("PATH", f"{programs}:/usr/bin:/bin")
            submitting = asyncio.create_task(engine.submit(run))
            writer = await asyncio.to_thread(os.open, pipe, os.O_WRONLY)  # once it reads
            await engine.close()
            await asyncio.wait([submitting])
        with pytest.raises(BrokenPipeError):  # nobody reads any more
            await _write_until_broken(writer)
        os.close(writer)


async def _write_until_broken(descriptor: int) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            await asyncio.to_thread(os.write, descriptor, b"x")


class TestImages:
    """Jobs run in their images where the nodes have Podman."""

    @pytest_asyncio.fixture
    async def bench(
        self, slurm_conf: Path, podman_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> AsyncIterator[Bench]:
        monkeypatch.setenv("SLURM_CONF", str(slurm_conf))
        storage = Path(podman_url.removeprefix("unix://")).parent
        podman = tmp_path / "podman"
        podman.write_text(
            f"#!/bin/sh\nexport CONTAINERS_CONF={storage}/containers.conf CONTAINERS_STORAGE_CONF={storage}/storage.conf\n"
            'exec podman "$@"\n'
        )
        podman.chmod(0o755)
        remote = SlurmEngine(INSTALLATION, tmp_path / "runs", SlurmOptions(podman=str(podman)), Commands())
        engine = RemoteExecutionEngine(remote, tmp_path / "runs", installation=INSTALLATION, grace_seconds=1.0)
        yield Bench(engine)
        await engine.close()

    @pytest.mark.asyncio
    async def test_a_job_runs_in_its_image(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "stored").write_text("content")
        declared = manifest(file_inputs=(FileInput("IN"),), file_outputs=(FileOutput("OUT", "out"),))
        files = {"IN": (InputFile(1, tmp_path / "stored", "a.txt"),)}
        job = sh("id -u; cat $IN > $OUTPUT_DIR/out; echo $IN; touch /x || echo closed", declared, file_inputs=files)
        outcome = await bench.run(job)
        await bench.engine.release(job.execution_id)

        assert isinstance(outcome, Completed), bench.log.lines
        assert bench.log.stdout == [b"65534", b"/scale/input_data/IN/a.txt", b"closed"]

    @pytest.mark.asyncio
    async def test_an_image_gets_the_gpu_that_slurm_gave_or_says_so(self, bench: Bench) -> None:
        job = sh("ls /dev/gpu0; echo $GPU", resources={"cpus": 1.0, "gpus": 1.0})
        assert isinstance(await bench.run(job), Failed)
        assert any(b"nvidia.com/gpu=0" in line for line in bench.log.stderr)
        await bench.engine.release(job.execution_id)
        bench.log.lines.clear()
        with _gpu():
            assert isinstance(await bench.run(job), Completed), bench.log.lines
        await bench.engine.release(job.execution_id)
        assert bench.log.stdout == [b"/dev/gpu0", b"as told"]


@contextlib.contextmanager
def _gpu() -> Iterator[None]:
    """What Podman is told to give for the GPU of the number 0: a device of another name, and a variable."""
    nodes = [{"path": "/dev/gpu0", "hostPath": "/dev/null", "type": "c", "major": 1, "minor": 3}]
    devices = [{"name": "0", "containerEdits": {"deviceNodes": nodes, "env": ["GPU=as told"]}}]
    file = Path("/var/run/cdi/jobsvc-test.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"cdiVersion": "0.3.0", "kind": "nvidia.com/gpu", "devices": devices}))
    try:
        yield
    finally:
        file.unlink()
