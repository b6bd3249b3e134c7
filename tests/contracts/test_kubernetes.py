"""The engine `kubernetes` on a real cluster, as the user whom deploy/kubernetes/role.yaml gives rights to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
import yaml

from jobsvc.domain import builtin_errors
from jobsvc.domain.outcome import Canceled, Completed, Failed
from jobsvc.domain.seed import FileInput
from jobsvc.engines.kubernetes import KubernetesEngine, KubernetesOptions, Volume
from jobsvc.engines.kubernetes.options import HOST_PATH
from jobsvc.engines.remote.engine import RemoteExecutionEngine
from jobsvc.ports.engine import InputFile, LaunchSpec, StopReason
from jobsvc.ports.remote_engine import RemoteEngine
from tests.parts import kubernetes
from tests.parts.kubernetes_files import ADMIN, NAMESPACE, WORKER_USER, through
from tests.relay import Relay
from tests.waiting import eventually

from .engine_bench import INSTALLATION, TIMEOUT_SECONDS, Bench, Log, py, sh
from .engine_remote_contract import ENDLESS, MakeRemote, Outage, RemoteContract

PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
HEEDS = f"trap 'exit 0' TERM; {ENDLESS}"
"""Ends well when it is told to end."""


def options(kubeconfig: Path, directory: Path) -> KubernetesOptions:
    """Those of a worker that shares a directory with its pods."""
    volumes = [Volume(directory, HOST_PATH, str(directory))]
    return KubernetesOptions(NAMESPACE, kubeconfig, volumes, grace_seconds=1.0, pull_seconds=2.0)


@pytest.mark.timeout(1800)
class TestKubernetes(RemoteContract):
    """Both streams of a job are one here, which has whole lines only."""

    first_seen = b"Name: x"
    are_streams_apart = False
    flood_lines = 20_000
    last_seconds = 2
    missing_command_codes = frozenset({128})

    @pytest_asyncio.fixture
    async def relay(self, kubeconfig: Path) -> AsyncIterator[Relay]:
        """The way to the API server."""
        server = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
        relay = Relay(server)
        await relay.reconnect()
        yield relay
        await relay.cut()

    @pytest.fixture
    def make_remote(self, kubeconfig: Path, relay: Relay, tmp_path: Path) -> MakeRemote:
        way = through(kubeconfig, relay.port, tmp_path / "kubeconfig")

        def make(runs: Path) -> RemoteEngine:
            return KubernetesEngine(INSTALLATION, runs, options(way, tmp_path))

        return make

    @pytest.fixture
    def outage(self, relay: Relay) -> Outage:
        @contextlib.asynccontextmanager
        async def outage() -> AsyncIterator[None]:
            await relay.cut()
            try:
                yield
            finally:
                await relay.reconnect()

        return outage

    @pytest.fixture
    def api(self, kubeconfig: Path) -> Iterator[httpx.Client]:
        """The cluster for those who administer it."""
        with kubernetes.client(kubeconfig.with_name(f"{ADMIN}.conf")) as api:
            yield api

    async def test_a_node_is_avoided_only_while_there_is_another_one(self, bench: Bench) -> None:
        first = await bench.run(sh("echo done"))
        assert isinstance(first, Completed), first
        assert first.times.node
        again = await bench.run(sh("echo done", avoided_node=first.times.node))
        assert isinstance(again, Completed), again
        assert again.times.node == first.times.node

    async def test_lines_come_in_order_and_the_last_needs_no_line_end(self, bench: Bench) -> None:
        await bench.run(sh(r"printf 'a\r\n\nb'"))
        assert bench.log.stdout == [b"a", b"", b"b"]

    async def test_a_log_that_was_rotated_is_taken_over_as_a_whole(
        self, bench: Bench, other: Bench, kubeconfig: Path, runs: Path
    ) -> None:
        many = """awk 'BEGIN {for (i = 1; i <= 7000; i++) printf "%01000d\\n", i}'"""
        job = sh(f"{many}; echo half; while ! [ -e go ]; do sleep 0.1; done; echo over")
        await self._die_behind(bench, job, b"half")
        logs = kubeconfig.parent / "logs"
        await eventually(lambda: list(logs.glob(f"*{job.handle}*/job/0.log.*")), TIMEOUT_SECONDS)
        execution = other.start(job)
        await other.log.until(b"half")
        (runs / job.handle / "output" / "go").touch()
        assert isinstance(await execution, Completed)
        assert other.log.stdout == [*(f"{number:01000}".encode() for number in range(1, 7001)), b"half", b"over"]

    # What happens in the cluster

    async def test_a_job_with_too_much_memory_says_so(self, bench: Bench) -> None:
        outcome = await bench.run(py("x = bytearray(200 << 20); print(len(x))", resources={"mem": 64.0}))
        assert isinstance(outcome, Failed)
        assert "memory of 64 MiB" in outcome.reason

    @pytest.mark.parametrize("image", ["localhost/no-such-image:1", "no such name", ""])
    async def test_an_image_that_is_not_there_says_so(self, bench: Bench, image: str) -> None:
        outcome = await bench.run(replace(sh("true"), docker_image=image))
        assert isinstance(outcome, Failed)
        assert outcome.error_name in {builtin_errors.PULL, builtin_errors.DOCKER_TASK_LAUNCH}
        assert image in outcome.reason

    async def test_a_job_that_has_no_room_waits_and_says_why(self, bench: Bench) -> None:
        job = sh("true", resources={"cpus": 1000.0})
        execution = bench.start(job)
        engine = bench.engine
        assert isinstance(engine, RemoteExecutionEngine)
        await eventually(lambda: "Insufficient cpu" in engine.waits.get(job.execution_id, ""), TIMEOUT_SECONDS)
        await engine.stop(job.execution_id, StopReason.CANCEL)
        assert isinstance(await execution, Canceled)

    async def test_a_pod_that_somebody_deletes_is_lost_even_if_it_ends_well(self, bench: Bench, api: httpx.Client) -> None:
        outcome = await self._disturbed(bench, api, lambda pod: api.delete(f"{PODS}/{pod}"))
        assert outcome.error_name == builtin_errors.DOCKER_TERMINATED

    async def test_a_pod_that_is_evicted_is_not_the_fault_of_its_job(self, bench: Bench, api: httpx.Client) -> None:
        def evict(pod: str) -> httpx.Response:
            body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod}}
            return api.post(f"{PODS}/{pod}/eviction", json=body)

        outcome = await self._disturbed(bench, api, evict)
        assert outcome.error_name == builtin_errors.NODE_LOST
        assert "EvictionByEvictionAPI" in outcome.reason

    async def test_others_in_the_namespace_are_left_alone(self, bench: Bench, kubeconfig: Path, tmp_path: Path) -> None:
        job = sh(ENDLESS)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        stranger = KubernetesEngine("other", tmp_path, options(kubeconfig, tmp_path))
        assert not await stranger.adopt()
        assert (await stranger.observe([job.handle]))[job.handle].phase == "lost"
        await stranger.close()
        await bench.engine.stop(job.execution_id, StopReason.CANCEL)
        await execution

    # Closed by default

    async def test_a_job_has_no_rights_and_few_things(self, bench: Bench, tmp_path: Path) -> None:
        (tmp_path / "stored").write_text("content")
        script = """if True:
            import os
            status = dict(line.split(":", 1) for line in open("/proc/self/status"))
            print(os.getuid(), os.getgid(), status["CapEff"].strip(), status["NoNewPrivs"].strip(), status["Seccomp"].strip())
            print(os.path.exists("/var/run/secrets"))
            for path in ("/x", "/scale/x", os.environ["IN"]):
                try:
                    open(path, "a")
                except OSError as exc:
                    print(exc.errno in (13, 30))
            os.statvfs("/tmp").f_frsize * os.statvfs("/tmp").f_blocks == 256 << 20 and print("small")
            print("$(HOSTNAME)", open("/scale/input_data/IN/a.txt").read())
        """
        files = {"IN": (InputFile(1, tmp_path / "stored", "a.txt"),)}
        outcome = await bench.run(py(script, replace(sh("").manifest, file_inputs=(FileInput("IN"),)), file_inputs=files))
        assert isinstance(outcome, Completed), bench.log.lines
        assert bench.log.stdout[0] == b"65534 65534 0000000000000000 1 2"
        assert bench.log.stdout[1:] == [b"False", b"True", b"True", b"True", b"small", b"$(HOSTNAME) content"]
        assert (tmp_path / "stored").read_text() == "content"

    async def _disturbed(self, bench: Bench, api: httpx.Client, disturb: Callable[[str], httpx.Response]) -> Failed:
        job = sh(HEEDS)
        execution = bench.start(job)
        await bench.log.until(b"ready")
        disturb(_pod(api, job)).raise_for_status()
        outcome = await execution
        assert isinstance(outcome, Failed)
        return outcome


def _pod(api: httpx.Client, job: LaunchSpec) -> str:
    listed = api.get(PODS, params={"labelSelector": f"batch.kubernetes.io/job-name={job.handle}"}).raise_for_status().json()
    return str(listed["items"][0]["metadata"]["name"])


async def test_a_worker_uses_all_rights_of_its_role_and_no_others(kubeconfig: Path, tmp_path: Path) -> None:
    engine = RemoteExecutionEngine(
        KubernetesEngine(INSTALLATION, tmp_path / "runs", options(kubeconfig, tmp_path)),
        tmp_path / "runs",
        installation=INSTALLATION,
        grace_seconds=1.0,
    )
    bench, taken = Bench(engine), sh(ENDLESS)
    execution = asyncio.create_task(engine.run(taken, bench.log))
    await bench.log.until(b"ready")
    # Another worker goes on with it, and does not know that it was submitted.
    await engine.stop(taken.execution_id, StopReason.HAND_BACK)
    await execution
    (tmp_path / "runs" / taken.handle / "submitted").unlink()
    again = asyncio.create_task(engine.run(taken, log := Log()))
    await log.until(b"ready")
    await engine.stop(taken.execution_id, StopReason.CANCEL)
    await again
    left = sh(ENDLESS)
    orphan = asyncio.create_task(engine.run(left, bench.log))
    await eventually(lambda: bench.log.stdout.count(b"ready") == 2, TIMEOUT_SECONDS)
    orphan.cancel()
    await asyncio.wait([orphan])
    # This worker would go on with it; whoever does not know it removes it while it runs.
    await engine.remove([*await engine.orphans(), left.handle, taken.handle])
    await engine.close()

    used = _used(kubeconfig.with_name(kubernetes.AUDIT_LOG))
    role = next(item for item in yaml.safe_load_all(kubernetes.ROLE.read_text()) if item["kind"] == "Role")
    rights = {(verb, name) for rule in role["rules"] for name in rule["resources"] for verb in rule["verbs"]}
    assert used == rights


def _used(audit: Path) -> set[tuple[str, str]]:
    """What workers did that was allowed and has ended or begun to answer."""
    entries = [json.loads(line) for line in audit.read_text().splitlines()]
    ours = [entry for entry in entries if entry["user"]["username"] == WORKER_USER and "objectRef" in entry]
    places = [(entry["verb"], entry["objectRef"]) for entry in ours]
    return {(verb, "/".join(filter(None, (place["resource"], place.get("subresource"))))) for verb, place in places}
