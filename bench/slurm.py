"""Jobs a second through the engine `slurm`, against `sbatch` in a loop on the same cluster: `python -m bench.slurm`."""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench import remote
from bench.remote import Serving

PAUSE = 0.05  # between looks at how far it is
BY_HAND = "bench-by-hand"


@dataclass(frozen=True)
class Rates:
    """Jobs a second: until Slurm had all of them, and until all were done."""

    submitted: float
    done: float

    def __str__(self) -> str:
        """For people."""
        return f"{self.submitted:6.1f} submitted/s, {self.done:6.1f} done/s"


def main(jobs: int, rounds: int) -> None:
    """Measure both alternately, and print."""
    with remote.parts() as parts, tempfile.TemporaryDirectory() as directory:
        variables = {"SLURM_CONF": str(parts.slurm())}
        with remote.serving("slurm", jobs, variables) as serving:
            type_id = remote.job_type(serving, "nothing", "true")
            by_hand, service = [], []
            for number in range(1, rounds + 1):
                by_hand.append(_by_hand(jobs, Path(directory), variables))
                print(f"round {number}: sbatch  {by_hand[-1]}", flush=True)
                before = serving.cpu()
                service.append(_service(serving, type_id, jobs))
                own, commands = ((now - then) / jobs * 1e3 for now, then in zip(serving.cpu(), before, strict=True))
                cpu = f"CPU a job: {own:.1f} ms of the worker, {commands:.1f} of its commands"
                print(f"round {number}: service {service[-1]}; {cpu}", flush=True)
    for name in ("submitted", "done"):
        ratios = [getattr(ours, name) / getattr(plain, name) for ours, plain in zip(service, by_hand, strict=True)]
        print(f"{name}: service / sbatch: median {statistics.median(ratios):.2f}, {min(ratios):.2f} to {max(ratios):.2f}")


def _by_hand(jobs: int, directory: Path, variables: Mapping[str, str]) -> Rates:
    script = directory / "nothing.sh"
    script.write_text("#!/bin/sh\ntrue\n")
    options = f"--parsable --job-name={BY_HAND} --output=/dev/null --error=/dev/null --mem=64M --chdir={directory}"
    loop = f"for i in $(seq {jobs}); do sbatch {options} {script} >/dev/null || exit; done"
    environment = os.environ | variables
    began = time.monotonic()
    subprocess.run(["sh", "-c", loop], env=environment, check=True)
    submitted = time.monotonic()
    # What has ended is not shown without being asked for.
    command = ["squeue", "--noheader", f"--name={BY_HAND}", "--format=%T"]
    remote.until(lambda: not subprocess.run(command, env=environment, check=True, capture_output=True).stdout.strip(), 0.25)
    return Rates(jobs / (submitted - began), jobs / (time.monotonic() - began))


def _service(serving: Serving, type_id: int, jobs: int) -> Rates:
    """All jobs are in the queue before the first one is begun."""
    before = serving.count("COMPLETED")
    serving.client.job_types.change("nothing", "1.0.0", is_paused=True)
    for _ in range(jobs):
        serving.client.jobs.submit(type_id, {"files": {}, "json": {}})
    serving.client.job_types.change("nothing", "1.0.0", is_paused=False)
    began = time.monotonic()
    seen: set[str] = set()
    remote.until(lambda: _submitted(serving.runs, seen) >= jobs, PAUSE)
    submitted = time.monotonic()
    remote.until(lambda: serving.count("COMPLETED") >= before + jobs, 0.25)
    return Rates(jobs / (submitted - began), jobs / (time.monotonic() - began))


def _submitted(runs: Path, seen: set[str]) -> int:
    """How many runs Slurm has had: they are noted in their directories, which go when a job is done."""
    there = {path.name: (path / "submitted").exists() for path in runs.glob("jobsvc-*")}
    seen.update(there)
    return len(seen) - sum(not is_submitted for is_submitted in there.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    main(chosen.jobs, chosen.rounds)
