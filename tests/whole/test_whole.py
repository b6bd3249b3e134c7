"""What is promised of a deployment: who may do what, streams and large files through the gateway, and restarts under load."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.gateway.nginx import needs_nginx
from tests.waiting import until
from tests.whole.conftest import GENERATOR
from tests.whole.installation import ROLES, Installation
from tests.whole.restarts import ALLOWED, admin_of, check_that_workers_leave, restart_everything, trial_in

pytestmark = [needs_nginx, pytest.mark.timeout(900)]
STEPS = {
    "run_a_job": "submitter",
    "list_some": "viewer",
    "read_nulls": "viewer",
    "cancel_and_requeue": "operator",
    "read_errors": "submitter",
    "run_one_after_another": "operator",
    "make_rules": "admin",
}
"""Of the scenario: the least role that may do it."""
OPERATIONS = [
    ("GET", "v6/jobs/", None, "viewer"),
    ("GET", "jobs/", None, "viewer"),
    ("GET", "v6/nodes/", None, "viewer"),
    ("POST", "v6/jobs/", {}, "submitter"),
    ("POST", "v6/files/upload/?file_name=a.txt", {}, "submitter"),
    ("POST", "v6/jobs/cancel/", {"job_ids": [1], "dry_run": True}, "operator"),
    ("PATCH", "v6/scheduler/", {"is_paused": False}, "operator"),
    ("GET", "v6/audit/", None, "operator"),
    ("POST", "v6/job-types/", {}, "admin"),
    ("POST", "v6/workspaces/", {}, "admin"),
    ("GET", "v6/tokens/", None, "admin"),
]
MIB = 2**20
LARGE_MIB = 300


@pytest.mark.parametrize("role", ROLES)
def test_the_generated_client_does_what_its_role_may(installation: Installation, generated: Path, role: str) -> None:
    variables = {**os.environ, "JOBSVC_URL": installation.url, "JOBSVC_TOKEN": installation.token(role)}
    command = [str(GENERATOR / "python"), "of_a_role.py"]
    played = subprocess.run(command, cwd=generated, env=variables, capture_output=True, text=True, check=False, timeout=120)
    assert played.returncode == 0, played.stderr
    became = json.loads(played.stdout)
    allowed = {step for step, least in STEPS.items() if ROLES.index(role) >= ROLES.index(least)}
    assert {step for step, result in became.items() if result == "done"} == allowed
    assert all("permission" in result for step, result in became.items() if step not in allowed), became


@pytest.mark.parametrize("role", ROLES)
def test_every_role_is_refused_what_is_above_it(installation: Installation, role: str) -> None:
    with installation.client(role) as client:
        for method, path, body, least in OPERATIONS:
            answer = client.request(method, path, json=body)
            is_refused = answer.status_code == httpx.codes.FORBIDDEN
            assert is_refused == (ROLES.index(role) < ROLES.index(least)), (method, path, answer.text)
            assert answer.status_code < httpx.codes.INTERNAL_SERVER_ERROR


def test_a_followed_log_arrives_line_by_line(installation: Installation) -> None:
    with installation.client("submitter") as client:
        kind = client.get("v6/job-types/countdown/1.0.0/").json()["id"]
        job = client.post("v6/jobs/", json={"job_type_id": kind, "input": {"json": {"SECONDS": 4}}}).json()["id"]
        executions = f"v6/jobs/{job}/executions/"
        execution = until(lambda: next((item["id"] for item in client.get(executions).json()["results"]), None))
        arrivals = []
        with client.stream("GET", f"v6/job-executions/{execution}/logs/stdout/stream/") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    arrivals.append(time.monotonic())
                if line.startswith("event: end"):
                    break
    # The job says something every second: what is collected on the way comes all at once.
    assert arrivals[-1] - arrivals[0] > 2


def test_a_large_file_passes_the_gateway_as_it_comes(installation: Installation) -> None:
    collected = installation.directory / "gateway" / "client_body"

    def pieces() -> Iterator[bytes]:
        for _ in range(LARGE_MIB):
            assert not [file for file in collected.rglob("*") if file.is_file()]
            yield bytes(MIB)

    with installation.client("submitter") as client:
        answer = client.post("v6/files/upload/", params={"file_name": "large"}, content=pieces())
        assert (answer.status_code, answer.json()["file_size"]) == (201, LARGE_MIB * MIB)


def test_nothing_is_lost_or_refused_while_everything_is_restarted(installation: Installation) -> None:
    with admin_of(installation) as service:
        trial, log = trial_in(installation, service)
        load = restart_everything(installation, trial, log)
        assert load.wrong(ALLOWED) == {}
        trial.check()
        check_that_workers_leave(installation, service)
