"""The engine `slurm` on a real cluster."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobsvc.engines.slurm import SlurmEngine, SlurmOptions
from jobsvc.ports.remote_engine import RemoteEngine

from .engine_bench import INSTALLATION
from .engine_launch_contract import PartialLineContract
from .engine_process_contract import HostDirectoryContract
from .engine_remote_contract import MakeRemote, Outage, RemoteContract


class TestSlurm(HostDirectoryContract, PartialLineContract, RemoteContract):
    """The contract of all engines, and of those whose runs outlive the worker."""

    at_once = 60

    @pytest.fixture
    def make_remote(self, slurm_conf: Path, monkeypatch: pytest.MonkeyPatch) -> MakeRemote:
        monkeypatch.setenv("SLURM_CONF", str(slurm_conf))

        def make(runs: Path) -> RemoteEngine:
            engine = SlurmEngine(INSTALLATION, runs, SlurmOptions())
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
