"""Nothing is lost and nothing is done twice when processes are killed in the middle of their work."""

import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobsvc.settings import Settings
from jobsvc.stack import Stack
from tests.factories import manifest, script

JOBS = 100
SECONDS = 2


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """The whole service with its own embedded database, and a slot for every job."""
    settings = Settings(
        data_dir=tmp_path / "data",
        port=free_port(),
        slots=JOBS,
        lease_seconds=6,
        drain_seconds=0,
        grace_seconds=1,
        database_pool=5,
    )
    with Stack(settings, log_file=tmp_path / "log") as stack:
        yield stack


class Service:
    """Asks a service that may be away at times."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=5)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """The answer's document, as soon as there is one."""
        deadline = time.monotonic() + 30
        while True:
            try:
                answer = self._http.request(method, path, **options)
            except httpx.HTTPError:
                answer = None
            if answer is not None and answer.status_code < 500:
                return answer.raise_for_status().json()
            assert time.monotonic() < deadline, f"no answer from {path}"
            time.sleep(0.2)

    def accept(self, path: str, body: Any) -> str:
        """Post what is answered with 202; gives the path that is to be watched."""
        answer = self._http.post(path, json=body)
        assert answer.status_code == 202
        return httpx.URL(answer.headers["location"]).path

    def counts(self) -> Counter[str]:
        """How many jobs have which status."""
        return Counter(job["status"] for job in self.ask("GET", "/v6/jobs/", params={"page_size": 1000})["results"])

    def until(self, wanted: Callable[[Counter[str]], bool], seconds: float) -> Counter[str]:
        """The counts as soon as they are as wanted."""
        deadline = time.monotonic() + seconds
        while not wanted(counts := self.counts()):
            assert time.monotonic() < deadline, counts
            time.sleep(0.2)
        return counts


@pytest.fixture
def service(stack: Stack) -> Iterator[Service]:
    """A client of the stack."""
    service = Service(stack.url)
    yield service
    service.close()


def submit(service: Service, tmp_path: Path) -> None:
    done = tmp_path / "done"
    command = script(tmp_path, f"sleep {SECONDS}; echo $SCALE_JOB_ID $SCALE_EXE_NUM >>{done}")
    document = manifest("nap", interface={"command": command})
    job_type = service.ask("POST", "/v6/job-types/", json={"manifest": document, "max_tries": 10})
    for _ in range(JOBS):
        service.ask("POST", "/v6/jobs/", json={"job_type_id": job_type["id"]})


def postmaster(tmp_path: Path) -> int:
    return int((tmp_path / "data" / "postgres" / "postmaster.pid").read_text().split()[0])


@pytest.mark.parametrize("victim", ["worker", "serve", "postgres", "all"])
def test_no_job_is_lost_or_completed_twice(stack: Stack, service: Service, tmp_path: Path, victim: str) -> None:
    submit(service, tmp_path)
    service.until(lambda counts: counts["RUNNING"] + counts["COMPLETED"] >= JOBS * 0.9, 30)
    pids = {**stack.pids, "postgres": postmaster(tmp_path)}
    for name in pids if victim == "all" else [victim]:
        pid = pids[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
    service.until(lambda counts: counts == {"COMPLETED": JOBS}, 60)
    for job in service.ask("GET", "/v6/jobs/", params={"page_size": 1000})["results"]:
        executions = service.ask("GET", f"/v6/jobs/{job['id']}/executions/")["results"]
        statuses = Counter(execution["status"] for execution in executions)
        assert statuses["COMPLETED"] == 1, statuses
        assert statuses["RUNNING"] == 0, statuses
        assert len(executions) == job["num_exes"]
