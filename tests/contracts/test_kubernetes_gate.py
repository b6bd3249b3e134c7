"""Of several pods that a cluster makes for one job, one begins, whoever dies meanwhile."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from jobsvc.engines.kubernetes import KubernetesEngine, KubernetesOptions
from jobsvc.engines.kubernetes.engine import LABEL
from jobsvc.engines.kubernetes.manifests import job
from jobsvc.engines.kubernetes.records import CHOSEN
from jobsvc.ports.remote_engine import Observation, Phase, RunSpec
from tests.parts import kubernetes
from tests.parts.containers import SEED_IMAGE
from tests.parts.kubernetes_files import ADMIN, NAMESPACE
from tests.waiting import eventually

from .engine_bench import INSTALLATION

SPACE = f"namespaces/{NAMESPACE}"
JOBS, PODS = f"/apis/batch/v1/{SPACE}/jobs", f"/api/v1/{SPACE}/pods"
_numbers = count(1)
Json = dict[str, Any]


class Twice:
    """A job of the cluster that its own controller leaves alone, so that a test makes its pods."""

    def __init__(self, api: httpx.Client, directory: Path) -> None:
        self.api = api
        self.handle = f"jobsvc-{INSTALLATION}-twice-{next(_numbers)}"
        labels = {LABEL: INSTALLATION}
        self.spec = RunSpec(self.handle, labels, SEED_IMAGE, ["echo", "began"], {}, (), directory / self.handle, {})
        body = job(self.spec, KubernetesOptions(NAMESPACE))
        body["spec"]["managedBy"] = "example.com/test"
        self.made = self._post(JOBS, body)

    def add_pod(self) -> str:
        """Make one more pod, as the job says; its name."""
        owner = {"apiVersion": "batch/v1", "kind": "Job", "name": self.handle, "uid": self.made["metadata"]["uid"]}
        template = self.made["spec"]["template"]
        metadata = template["metadata"] | {"generateName": f"{self.handle}-", "ownerReferences": [owner | {"controller": True}]}
        return str(self._post(PODS, {"metadata": metadata, "spec": template["spec"]})["metadata"]["name"])

    def choose(self, pod: str) -> None:
        """Note a pod, as a worker does that dies then."""
        answer = self.api.patch(
            f"{JOBS}/{self.handle}",
            content=json.dumps({"metadata": {"annotations": {CHOSEN: pod}}}),
            headers={"Content-Type": "application/merge-patch+json"},
        )
        answer.raise_for_status()

    def pods(self) -> dict[str, Json]:
        """Those of the job, by name."""
        params = {"labelSelector": f"batch.kubernetes.io/job-name={self.handle}"}
        items = self.api.get(PODS, params=params).raise_for_status().json()["items"]
        return {item["metadata"]["name"]: item for item in items}

    def begun(self) -> list[str]:
        """The names of pods that may begin, or were given to a node."""
        pods = self.pods().items()
        return [name for name, pod in pods if not pod["spec"].get("schedulingGates") or pod["spec"].get("nodeName")]

    def delete(self) -> None:
        """Delete it, with its pods."""
        self.api.delete(f"{JOBS}/{self.handle}", params={"propagationPolicy": "Background"})

    def _post(self, path: str, body: Json) -> Json:
        answer: Json = self.api.post(path, json=body).raise_for_status().json()
        return answer


@pytest.fixture
def twice(kubeconfig: Path, tmp_path: Path) -> Iterator[Twice]:
    """A job without a pod."""
    with kubernetes.client(kubeconfig.with_name(f"{ADMIN}.conf")) as api:
        job = Twice(api, tmp_path)
        yield job
        job.delete()


@pytest_asyncio.fixture
async def workers(kubeconfig: Path, tmp_path: Path) -> AsyncIterator[list[KubernetesEngine]]:
    """Two that know the same runs."""
    options = KubernetesOptions(NAMESPACE, kubeconfig)
    engines = [KubernetesEngine(INSTALLATION, tmp_path / name, options) for name in ("a", "b")]
    yield engines
    for engine in engines:
        await engine.close()


async def _observed(engine: KubernetesEngine, handle: str, phase: Phase) -> Observation:
    """What a worker says once a run is that far."""

    async def look() -> Observation | None:
        seen = (await engine.observe([handle]))[handle]
        return seen if seen.phase is phase else None

    observation: Observation = await eventually(look, pause=0.05)
    return observation


async def test_one_of_two_pods_begins_though_two_workers_let_it(twice: Twice, workers: list[KubernetesEngine]) -> None:
    names = {twice.add_pod(), twice.add_pod()}
    seen = await asyncio.gather(*(_observed(engine, twice.handle, Phase.ENDED) for engine in workers))
    assert [item.exit_code for item in seen] == [0, 0]
    begun = twice.begun()
    assert len(begun) == 1
    late = twice.add_pod()
    for engine in workers:
        await _observed(engine, twice.handle, Phase.ENDED)
    assert twice.begun() == begun
    assert set(twice.pods()) == names | {late}


async def test_the_pod_that_was_chosen_begins_though_who_chose_it_died(twice: Twice, workers: list[KubernetesEngine]) -> None:
    twice.add_pod()
    chosen = twice.add_pod()
    twice.choose(chosen)
    await _observed(workers[0], twice.handle, Phase.ENDED)
    assert twice.begun() == [chosen]


async def test_a_run_whose_pod_was_removed_is_lost_whatever_is_made_in_its_place(
    twice: Twice, workers: list[KubernetesEngine]
) -> None:
    twice.choose("removed")
    twice.add_pod()
    await _observed(workers[0], twice.handle, Phase.LOST)
    assert twice.begun() == []
