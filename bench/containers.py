"""From submitting to the first line, through the engine `docker` and by hand: `python -m bench.containers`."""

import argparse
import contextlib
import statistics
import subprocess
import time
from collections.abc import Iterator

from tests.parts.containers import SEED_IMAGE

from bench import remote
from bench.remote import Serving

LINE = "ready"
COMMAND = f"echo {LINE}"
LOOK = 0.02  # seconds between looks whether a job has begun
MEM = 64
LIMITS = (
    *("--network=none", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--init", "--user=65534:65534"),
    *("--tmpfs=/tmp:rw,nosuid,nodev,size=256m,mode=1777", "--pids-limit=512", "--shm-size=64m"),
    *(f"--memory={MEM}m", f"--memory-swap={MEM}m", "--cpus=1"),
)
"""Those that the service sets."""


def main(runtime: str, url: str | None, image: str, count: int) -> None:
    """Measure both alternately, after one of each that does not count, and print."""
    with _running(runtime, url) as address, remote.serving("docker", 4, {"JOBSVC_DOCKER_URL": address}) as serving:
        type_id = remote.job_type(serving, "line", COMMAND, image, MEM)
        by_hand, service = [], []
        for _ in range(count + 1):
            by_hand.append(_by_hand(runtime, address, image))
            service.append(_service(serving, type_id))
    for name, seconds in {f"{runtime} run": by_hand[1:], "service": service[1:]}.items():
        print(
            f"{name:12} first line after {min(seconds) * 1e3:.0f} ms at least, median {statistics.median(seconds) * 1e3:.0f} ms"
        )
    ratios = min(service[1:]) / min(by_hand[1:]), statistics.median(service[1:]) / statistics.median(by_hand[1:])
    print(f"service / by hand: {ratios[0]:.2f} of the least, {ratios[1]:.2f} of the medians, {count} of each")


@contextlib.contextmanager
def _running(runtime: str, url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    with remote.parts() as parts:
        yield f"unix://{parts.podman() if runtime == 'podman' else parts.dockerd()}"


def _by_hand(runtime: str, url: str, image: str) -> float:
    program = ["podman", "--remote", f"--url={url}"] if runtime == "podman" else ["docker", f"--host={url}"]
    began = time.monotonic()
    with subprocess.Popen([*program, "run", "--rm", *LIMITS, image, *COMMAND.split()], stdout=subprocess.PIPE) as process:
        line = process.stdout.readline() if process.stdout else b""
        seconds = time.monotonic() - began
    if line.decode().strip() != LINE:
        raise SystemExit(f"{runtime} does not run the image {image}")
    return seconds


def _service(serving: Serving, type_id: int) -> float:
    began = time.monotonic()
    job = serving.client.jobs.submit(type_id, {"files": {}, "json": {}})
    for update in serving.client.logs.follow(job["id"], interval=LOOK):
        if any(line["message"] == LINE for line in update.lines):
            seconds = time.monotonic() - began
            serving.client.jobs.wait(job["id"], interval=0.1)
            return seconds
    raise SystemExit(f"the job wrote nothing: {serving.client.jobs.get(job['id'])['error']}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runtime", choices=["docker", "podman"], default="docker")
    parser.add_argument("--url", help="that of a runtime that is there, instead of one of the benchmark's own")
    parser.add_argument("--image", default=SEED_IMAGE)
    parser.add_argument("--count", type=int, default=10)
    chosen = parser.parse_args()
    main(chosen.runtime, chosen.url, chosen.image, chosen.count)
