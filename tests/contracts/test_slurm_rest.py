"""The engine `slurm` by the REST service of a real cluster."""

import base64
import contextlib
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
import structlog

from jobsvc.domain.outcome import Completed, Failed
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.engines.slurm import Rest, RestOptions, SlurmEngine, SlurmOptions
from jobsvc.engines.slurm.rest import expiry
from jobsvc.ports.remote_engine import EngineUnavailable, RemoteEngine
from tests.parts.slurm import token
from tests.waiting import eventually

from .engine_bench import INSTALLATION, TIMEOUT_SECONDS, Bench, sh
from .engine_remote_contract import MakeRemote, Outage, RemoteContract
from .slurm_nodes_contract import SlurmNodesContract
from .socket_relay import SocketRelay


@pytest_asyncio.fixture
async def relay(slurmrestd_socket: Path, tmp_path: Path) -> AsyncIterator[SocketRelay]:
    """The way to the service."""
    relay = SocketRelay(tmp_path / "relay.sock", slurmrestd_socket)
    await relay.connect()
    yield relay
    await relay.cut()


class TestSlurmRest(SlurmNodesContract, RemoteContract):
    """The contract of engines whose runs outlive the worker."""

    at_once = 60

    @pytest.fixture
    def make_remote(self, relay: SocketRelay, slurm_conf: Path) -> MakeRemote:
        options = RestOptions(f"unix://{relay.path}", token=token(slurm_conf))

        def make(runs: Path) -> RemoteEngine:
            engine = SlurmEngine(INSTALLATION, runs, SlurmOptions(), Rest(options))
            engine.poll_seconds = 0.3
            return engine

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


async def test_a_token_is_read_again_when_it_was_renewed(slurmrestd_socket: Path, slurm_conf: Path, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("SLURM_JWT=" + token(slurm_conf, seconds=1))
    old = expiry(file.read_text())
    assert old is not None
    await eventually(lambda: datetime.now(UTC) > old + timedelta(seconds=1), TIMEOUT_SECONDS)
    rest = Rest(RestOptions(f"unix://{slurmrestd_socket}", token_file=file))
    remote = SlurmEngine(INSTALLATION, tmp_path / "runs", SlurmOptions(), rest)
    engine = RemoteExecutionEngine(remote, tmp_path / "runs", installation=INSTALLATION, grace_seconds=1.0)
    bench = Bench(engine)
    with structlog.testing.capture_logs() as logged:
        running = bench.start(job := sh("echo done"))
        await eventually(lambda: any("was good until" in str(entry.get("problem")) for entry in logged), TIMEOUT_SECONDS)
        assert not running.done()
        file.write_text(token(slurm_conf))
        assert isinstance(await running, Completed)
    assert file.read_text() not in str(logged)
    await engine.release(job.execution_id)
    await engine.close()


@pytest.mark.parametrize(
    ("secret", "reason"),
    [
        ("no token", "the token of the user"),
        ("a.b.c", "the token of the user"),
        (None, "without JOBSVC_SLURM_TOKEN"),
    ],
)
async def test_who_is_not_let_in_is_told_so(slurmrestd_socket: Path, secret: str | None, reason: str) -> None:
    rest = Rest(RestOptions(f"unix://{slurmrestd_socket}", token=secret))
    with pytest.raises(EngineUnavailable, match=re.escape(reason)) as raised:
        await rest.queue()
    assert secret is None or secret not in str(raised.value)
    await rest.close()


async def test_a_token_file_that_is_not_there_is_waited_for(slurmrestd_socket: Path, tmp_path: Path) -> None:
    rest = Rest(RestOptions(f"unix://{slurmrestd_socket}", token_file=tmp_path / "token"))
    with pytest.raises(EngineUnavailable, match="token"):
        await rest.queue()
    await rest.close()


async def test_what_is_no_slurm_says_so(dockerd_url: str) -> None:
    rest = Rest(RestOptions(dockerd_url, token="a.b.c"))  # noqa: S106 (no secret)
    with pytest.raises(EngineUnavailable, match=r"slurmrestd|takes no jobs of Slurm"):
        await rest.queue()
    await rest.close()


async def test_a_job_that_slurm_refuses_fails(slurmrestd_socket: Path, slurm_conf: Path, tmp_path: Path) -> None:
    rest = Rest(RestOptions(f"unix://{slurmrestd_socket}", token=token(slurm_conf)))
    remote = SlurmEngine(INSTALLATION, tmp_path / "runs", SlurmOptions(), rest)
    engine = RemoteExecutionEngine(remote, tmp_path / "runs", installation=INSTALLATION, grace_seconds=1.0)
    outcome = await Bench(engine).run(job := sh("echo done", engine_options={"partition": "nowhere"}))
    assert isinstance(outcome, Failed)
    assert "Slurm refuses the job: Invalid partition name specified" in outcome.reason
    await engine.release(job.execution_id)
    await engine.close()


@pytest.mark.parametrize("claims", [{"exp": 1_700_000_000}, {"exp": "soon"}, {}, {"exp": 10**30}, [], None])
def test_an_expiry_is_read_where_there_is_one(claims: object) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    expected = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC) if claims == {"exp": 1_700_000_000} else None
    assert expiry(f"e30.{payload}.x") == expected


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.=.c", "…", "a.ÿ.c"])
def test_what_is_no_token_has_no_expiry(text: str) -> None:
    assert expiry(text) is None
