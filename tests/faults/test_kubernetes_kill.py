"""Jobs on a cluster go on whatever is killed of the service, of the control plane and of the node."""

import json
import random
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Begin, StartUp
from tests.faults.deaths import kill, start_again, victims
from tests.parts.containers import SEED_IMAGE
from tests.stack.up import all_pids, command_line

JOBS = 40
CLUSTER = ("apiserver", "controllers", "scheduler", "kubelet")


def parts_of(cluster: Path) -> dict[str, int | None]:
    """The processes of the cluster whose files are in a directory, by name; each is started again by what is above it."""
    result: dict[str, int | None] = {}
    for pid in all_pids():
        words = command_line(pid).split()
        if len(words) > 2 and words[0].endswith("/kube") and words[1] in CLUSTER and any(str(cluster) in word for word in words):
            result[words[1]] = pid
    return result


@pytest.mark.timeout(1800)
def test_every_job_runs_once_whoever_dies(breakable_kubeconfig: Path, tmp_path: Path, start_up: StartUp, begin: Begin) -> None:
    variables = {
        "JOBSVC_LEASE_SECONDS": "2",
        "JOBSVC_ENGINES": "kubernetes:12",
        "JOBSVC_ENGINE": "kubernetes",
        "JOBSVC_KUBERNETES_CONFIG": str(breakable_kubeconfig),
        "JOBSVC_KUBERNETES_VOLUMES": f"{tmp_path}=hostPath:{tmp_path}",
    }
    up = start_up(variables)
    up.await_answer()
    trial = begin(up, seconds=1, image=SEED_IMAGE)
    trial.submit(JOBS)
    trial.await_starts(3)
    chance = random.Random(JOBS)  # noqa: S311 - no secret
    due = [*CLUSTER, *CLUSTER]
    while trial.ended() < JOBS * 2 // 3:
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
    assert trial.started_again() == 0
    assert trial.service.retried(trial.job_type_id) == 0
    assert len(due) < len(CLUSTER), json.dumps(due)
