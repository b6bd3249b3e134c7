"""CPU of the worker while runs elsewhere do nothing but wait: `python -m bench.idle`."""

import argparse
import os
import subprocess
import time

from tests.parts.containers import SEED_IMAGE
from tests.parts.shared import SharedParts

from bench import remote
from bench.remote import Serving

MEM = 16
WARM_UP = 5.0  # seconds after the last run has begun


def main(runtime: str, runs: int, seconds: float) -> None:
    """Measure a worker without runs, and one with them, and print."""
    with remote.parts() as parts:
        engine, variables = _part(runtime, parts)
        with remote.serving(engine, runs, variables) as serving:
            type_id = remote.job_type(serving, "sleep", "sleep 3600", SEED_IMAGE, MEM)
            time.sleep(WARM_UP)
            nothing = _measure(serving, seconds)
            for _ in range(runs):
                serving.client.jobs.submit(type_id, {"files": {}, "json": {}})
            remote.until(lambda: _started(serving) >= runs, 0.5)
            time.sleep(WARM_UP)
            used = _measure(serving, seconds)
            serving.http.post("/v6/jobs/cancel/", json={"job_type_ids": [type_id]}).raise_for_status()
            remote.until(lambda: serving.count("CANCELED") >= runs, 0.5)
    minutes = seconds / 60
    print(f"{runtime}, {runs} runs for {seconds:.0f} s; CPU of the worker, and of the commands that it ran:")
    for name, cpu in {"without runs": nothing, "with them": used}.items():
        print(f"  {name:12}: {cpu[0] / minutes * 1e3:6.0f} and {cpu[1] / minutes * 1e3:6.0f} ms a minute")
    added = [(cpu - base) / minutes / runs * 1e3 for cpu, base in zip(used, nothing, strict=True)]
    print(f"  each run    : {added[0]:6.2f} and {added[1]:6.2f} ms a minute")


def _part(runtime: str, parts: SharedParts) -> tuple[str, dict[str, str]]:
    if runtime == "slurm":
        variables = {"SLURM_CONF": str(parts.slurm())}
        # Far more jobs at once than the cluster has cores.
        update = ["scontrol", "update", "PartitionName=main", "OverSubscribe=FORCE:100"]
        subprocess.run(update, env=os.environ | variables, check=True)
        return "slurm", variables
    return "docker", {"JOBSVC_DOCKER_URL": f"unix://{parts.podman() if runtime == 'podman' else parts.dockerd()}"}


def _started(serving: Serving) -> int:
    """How many runs were handed over: it is for the engine to know whether they wait or run."""
    return sum((path / "submitted").exists() for path in serving.runs.glob("jobsvc-*"))


def _measure(serving: Serving, seconds: float) -> tuple[float, float]:
    before = serving.cpu()
    time.sleep(seconds)
    own, commands = (after - earlier for after, earlier in zip(serving.cpu(), before, strict=True))
    return own, commands


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", choices=["slurm", "docker", "podman"], default="slurm")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    chosen = parser.parse_args()
    main(chosen.runtime, chosen.runs, chosen.seconds)
