"""Jobs on a cluster are done whatever is killed of the service, the control plane and the node, and whoever is evicted."""

import os
import random
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.faults.conftest import Begin, StartUp
from tests.faults.deaths import kill, start_again, victims
from tests.parts import kubernetes
from tests.parts.containers import SEED_IMAGE
from tests.parts.kubernetes_files import ADMIN, NAMESPACE
from tests.stack.up import all_pids, command_line

JOBS = int(os.environ.get("JOBSVC_TEST_KILLED_JOBS", "40"))
"""As many as CI has time for; by hand a hundred and more."""
EVICTED, AT_ONCE = JOBS // 2, 8
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"
CLUSTER = ("apiserver", "controllers", "scheduler", "kubelet")


def parts_of(cluster: Path) -> dict[str, int | None]:
    """The processes of the cluster whose files are in a directory, by name; each is started again by what is above it."""
    result: dict[str, int | None] = {}
    for pid in all_pids():
        words = command_line(pid).split()
        if len(words) > 2 and words[0].endswith("/kube") and words[1] in CLUSTER and any(str(cluster) in word for word in words):
            result[words[1]] = pid
    return result


class Evictions:
    """Evicts pods that run, as whoever drains a node does."""

    def __init__(self, kubeconfig: Path, chance: random.Random) -> None:
        self._kubeconfig = kubeconfig
        self._chance = chance
        self.names: set[str] = set()

    def some(self) -> None:
        """Evict some of those that run now, unless there were enough, or nobody answers."""
        with suppress(httpx.HTTPError), kubernetes.client(self._kubeconfig.with_name(f"{ADMIN}.conf")) as api:
            listed = api.get(PODS, params={"fieldSelector": "status.phase=Running"}).raise_for_status().json()
            names = [item["metadata"]["name"] for item in listed["items"]]
            names = [name for name in names if name not in self.names]
            for name in self._chance.sample(names, min(len(names), AT_ONCE, EVICTED - len(self.names))):
                body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}}
                if api.post(f"{PODS}/{name}/eviction", json=body).is_success:
                    self.names.add(name)


@pytest.mark.timeout(1800)
def test_every_job_completes_once_whoever_dies(
    breakable_kubeconfig: Path, tmp_path: Path, start_up: StartUp, begin: Begin
) -> None:
    variables = {
        "JOBSVC_LEASE_SECONDS": "2",
        "JOBSVC_ENGINES": "kubernetes:12",
        "JOBSVC_ENGINE": "kubernetes",
        "JOBSVC_KUBERNETES_CONFIG": str(breakable_kubeconfig),
        "JOBSVC_KUBERNETES_VOLUMES": f"{tmp_path}=hostPath:{tmp_path}",
    }
    up = start_up(variables)
    up.await_answer()
    trial = begin(up, seconds=2, image=SEED_IMAGE)
    trial.submit(JOBS)
    trial.await_starts(3)
    chance = random.Random(JOBS)  # noqa: S311 - no secret
    evictions = Evictions(breakable_kubeconfig, chance)
    due = [*CLUSTER, *CLUSTER]
    while trial.ended() < (JOBS * 2 // 3 if len(evictions.names) == EVICTED else JOBS):
        evictions.some()
        living = victims(up) | {"up": up.pid}
        name = chance.choice(sorted(living))
        kill(living[name])
        if due:
            kill(parts_of(breakable_kubeconfig.parent).get(due.pop(0)))
        if name == "up":
            up.process.wait()
            up = start_again(start_up, up, variables)
        time.sleep(chance.uniform(2, 5))
    trial.check(600)
    # The last few may have been too quick for that.
    assert len(evictions.names) > EVICTED - AT_ONCE
    # Nothing else is a reason to run a job again.
    assert trial.started_again() <= EVICTED
    assert trial.service.retried(trial.job_type_id) <= EVICTED
    assert len(due) < len(CLUSTER), due
