"""The probes of a service and of a worker, as processes."""

import signal

import httpx
import pytest

from tests.cli.support import free_port
from tests.waiting import until

from .conftest import StartUp

TOKENS = {"JOBSVC_TOKENS": f"alice:{'0' * 64}"}


def test_the_api_answers_without_credentials(start_up: StartUp) -> None:
    up = start_up(variables=TOKENS)
    up.await_answer()
    assert httpx.get(f"{up.url}/v6/jobs/").status_code == 403
    for path, status in (("/livez", "alive"), ("/readyz", "ready"), ("/readyz/", "ready"), ("/readyz?verbose", "ready")):
        answer = httpx.get(f"{up.url}{path}", headers={"Host": "10.0.0.7"})
        assert (answer.status_code, answer.json()["status"]) == (200, status)
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("variables", [{}, {"JOBSVC_ROOT_PATH": "/api"}], ids=["plain", "prefix"])
def test_any_host_will_do(start_up: StartUp, variables: dict[str, str]) -> None:
    up = start_up(variables=variables)
    up.await_answer()
    prefix = variables.get("JOBSVC_ROOT_PATH", "")
    for path in {"/readyz", f"{prefix}/readyz"}:
        assert httpx.get(f"{up.url}{path}", headers={"Host": "strange.example"}).status_code == 200
    head = httpx.head(f"{up.url}/readyz")
    assert (head.status_code, head.content) == (200, b"")
    refused = httpx.post(f"{up.url}/livez")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
    assert httpx.get(f"{up.url}/livezz").status_code == 404


def test_a_worker_answers_on_a_port_of_its_own(start_up: StartUp) -> None:
    port = free_port()
    worker = start_up("worker", command="worker", variables={"JOBSVC_HEALTH_PORT": str(port)})

    def asked(path: str) -> httpx.Response | None:
        assert worker.process.poll() is None, worker.said
        try:
            return httpx.get(f"http://127.0.0.1:{port}{path}", headers={"Host": "10.0.0.7"}, timeout=5)
        except httpx.TransportError:
            return None

    ready = until(lambda: asked("/readyz"))
    assert (ready.status_code, ready.json()["checks"]["database"]) == (200, {"status": "ok"})
    assert httpx.get(f"http://127.0.0.1:{port}/livez").json() == {"status": "alive"}
    assert httpx.get(f"http://127.0.0.1:{port}/v6/jobs/").status_code == 404
    assert worker.end(signal.SIGTERM) == 0


def test_a_worker_whose_port_is_taken_says_so_in_one_line(start_up: StartUp) -> None:
    up = start_up()
    up.await_answer()
    worker = start_up("worker", command="worker", variables={"JOBSVC_HEALTH_PORT": str(up.port)})
    assert worker.process.wait(30) == 1
    assert worker.said.splitlines()[-1].startswith(f"jobsvc: Port {up.port} of 127.0.0.1 cannot be used")
    assert "JOBSVC_HEALTH_PORT" in worker.said
