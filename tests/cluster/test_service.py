"""The page leads from an empty cluster to a finished job, and nothing is lost when all pods are replaced."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.cluster.installation import INSTALL, NAMESPACE, REST, Installation, load
from tests.cluster.way import Way
from tests.image.building import podman_with_image
from tests.parts.containers import SEED_IMAGE
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(900)
CALLERS = 2
JOB_SECONDS = 120.0
PAUSE_SECONDS = 0.25
DATABASE_IS_SLOW = "The database cannot be reached; try again."
"""What its way through pods may be, where many tests share few processors; it has nothing to do with who is replaced."""
HELLO = 1
"""The job type of the page."""
GATE = {
    "seedVersion": "1.0.0",
    "job": {
        "name": "gate",
        "jobVersion": "1.0.0",
        "packageVersion": "1.0.0",
        "title": "Gate",
        "description": "Ends when it is told to",
        "maintainer": {"name": "Jane Doe", "email": "jane@example.com"},
        "timeout": 600,
        "resources": {"scalar": [{"name": "cpus", "value": 0.1}, {"name": "mem", "value": 64}]},
        "interface": {"command": "sh -c 'until [ -e /scale/output_data/go ]; do sleep 0.1; done; echo over'"},
    },
}


@pytest.fixture(scope="module")
def installation(kubeconfig: Path, podman_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Installed, and its first job has ended."""
    directory = tmp_path_factory.mktemp("cluster")
    load(podman_with_image(podman_url), kubeconfig, directory)
    with Installation(kubeconfig, directory).prepared() as installation:
        assert installation.follow(INSTALL) >= 8
        yield installation
        assert installation.follow(REST) >= 2


class Service:
    """What clients of the service ask, by way of its pods."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.answers: Counter[str] = Counter()

    async def ask(self, method: str, path: str, body: object = None) -> dict[str, object]:
        """Ask, and count how it went; empty when it did not go well."""
        try:
            answer = await self._http.request(method, f"/api/v6/{path}", json=body)
            while answer.status_code == httpx.codes.SERVICE_UNAVAILABLE and DATABASE_IS_SLOW in answer.text:
                await asyncio.sleep(PAUSE_SECONDS)
                answer = await self._http.request(method, f"/api/v6/{path}", json=body)
        except httpx.TransportError as exc:
            self.answers[repr(exc)] += 1
            return {}
        self.answers[str(answer.status_code) if answer.is_success else answer.text] += 1
        content: dict[str, object] = answer.json() if answer.is_success and answer.content else {}
        return content

    async def submit(self, job_type_id: object) -> int:
        """A new job."""
        job_id = (await self.ask("POST", "jobs/", {"job_type_id": job_type_id})).get("id")
        assert isinstance(job_id, int), self.answers
        return job_id

    async def ask_until(self, is_over: asyncio.Event) -> None:
        """Ask again and again."""
        while not is_over.is_set():
            await self.ask("GET", "jobs/")
            await self.ask("POST", "files/upload/?file_name=text.txt", "text")
            await asyncio.sleep(PAUSE_SECONDS)

    async def reaches(self, job_id: int, status: str) -> None:
        """Wait until a job has a status, and has been run so often."""

        async def is_there() -> bool:
            job = await self.ask("GET", f"jobs/{job_id}/")
            return f"{job['status']} {job['num_exes']}" == status

        await eventually(is_there, JOB_SECONDS, 0.2)


async def test_a_rolling_restart_loses_no_request_and_no_execution(installation: Installation) -> None:
    way, is_over = Way(installation.kubeconfig, NAMESPACE, "jobsvc"), asyncio.Event()
    headers = {"Authorization": f"Bearer {installation.token}"}
    async with way.opened(), httpx.AsyncClient(base_url=way.url, headers=headers, trust_env=False, timeout=30) as http:
        service = Service(http)
        made = await service.ask("POST", "job-types/", {"manifest": GATE, "docker_image": SEED_IMAGE})
        gates = [await service.submit(made["id"]) for _ in range(2)]
        for gate in gates:
            await service.reaches(gate, "RUNNING 1")
        async with asyncio.TaskGroup() as callers:
            for _ in range(CALLERS):
                callers.create_task(service.ask_until(is_over))
            jobs = [await service.submit(HELLO) for _ in range(2)]
            before = set(way.addresses)
            await asyncio.to_thread(_replace_all, installation)
            await eventually(lambda: way.addresses and not way.addresses & before)
            # Whatever a worker now runs, it has taken over.
            _let_go(installation.data)
            jobs.append(await service.submit(HELLO))
            for job_id in gates + jobs:
                await service.reaches(job_id, "COMPLETED 1")
            is_over.set()
    assert set(service.answers) <= {"200", "201", "202"}, service.answers


def _replace_all(installation: Installation) -> None:
    installation.kubectl("rollout", "restart", "deployment/jobsvc-api", "deployment/jobsvc-worker")
    for name in ("worker", "api"):
        installation.kubectl("rollout", "status", f"deployment/jobsvc-{name}", "--timeout=300s")


def _let_go(data: Path) -> None:
    outputs = list(data.glob("runs/kubernetes/*/output"))
    assert outputs
    for output in outputs:
        (output / "go").touch()
