"""What the benchmarks of remote engines share: a real container runtime or cluster, and a service with a worker on it."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.parts.shared import STOP_LIMIT, SharedParts

from bench.processors import TICKS
from bench.service import free_port, wait_for
from jobsvc.client.sync import Client
from jobsvc.embedded import EmbeddedPostgres
from jobsvc.settings import Settings

MAX_WAIT = 900.0
JOBSVC = (sys.executable, "-m", "jobsvc")


@contextlib.contextmanager
def parts() -> Iterator[SharedParts]:
    """A place where real parts run once they are asked for, until the end of the block."""
    made = SharedParts.make()
    alive = os.open(made.alive, os.O_RDWR)
    try:
        yield made
    finally:
        os.close(alive)
        made.clear_within(STOP_LIMIT)


@dataclass(frozen=True)
class Serving:
    """An API and one worker, each in a process of its own."""

    client: Client
    http: httpx.Client
    worker_pid: int
    runs: Path

    def cpu(self) -> tuple[float, float]:
        """CPU seconds of the worker so far, and of the commands that it has run."""
        own, system, children, children_system = (int(field) for field in _stat(self.worker_pid)[11:15])
        return (own + system) / TICKS, (children + children_system) / TICKS

    def count(self, status: str) -> int:
        """How many jobs have a status."""
        answer = self.http.get("/v6/jobs/", params={"status": status, "page_size": 1})
        return int(answer.raise_for_status().json()["count"])


@contextlib.contextmanager
def serving(engine: str, slots: int, variables: Mapping[str, str]) -> Iterator[Serving]:
    """A service on an embedded PostgreSQL of its own, whose worker has one engine with this many slots."""
    with tempfile.TemporaryDirectory(prefix="jobsvc-bench-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        server = EmbeddedPostgres(directory)
        stack.callback(server.stop)
        settings = Settings(
            data_dir=directory,
            database_url=server.start(),
            port=free_port(),
            log_level="warning",
            engines=(f"{engine}:{slots}",),
            engine=engine,
            drain_seconds=1,
        )
        environment = os.environ | settings.as_environment() | dict(variables)
        subprocess.run([*JOBSVC, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        stack.enter_context(_process("serve", environment))
        worker = stack.enter_context(_process("worker", environment))
        url = f"http://127.0.0.1:{settings.port}"
        wait_for(url)
        http = stack.enter_context(httpx.Client(base_url=url, timeout=60))
        yield Serving(stack.enter_context(Client(url)), http, worker.pid, settings.runs_dir / engine)


def job_type(serving: Serving, name: str, command: str, image: str | None = None, mem: float = 64) -> int:
    """Make a job type of one command, which asks for one core and `mem` MiB; gives its id."""
    resources = {"scalar": [{"name": "cpus", "value": 1}, {"name": "mem", "value": mem}]}
    job = {
        "name": name,
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": name,
        "description": "A job of the benchmark",
        "maintainer": {"name": "B", "email": "b@example.com"},
        "timeout": 3600,
        "resources": resources,
        "interface": {"command": command},
    }
    return serving.client.job_types.create({"seedVersion": "1.0.0", "job": job}, docker_image=image)["id"]


def until(condition: Callable[[], bool], pause: float) -> None:
    """Look every `pause` seconds whether something has come about."""
    deadline = time.monotonic() + MAX_WAIT
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"it took more than {MAX_WAIT:.0f} s")
        time.sleep(pause)


@contextlib.contextmanager
def _process(command: str, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([*JOBSVC, command], env=environment) as process:
        try:
            yield process
        finally:
            process.terminate()


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
