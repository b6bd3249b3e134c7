"""The image of the Dockerfile as it is: what is in it, and that it works where nothing more is allowed than is needed."""

import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from scripts.base_image import SYSTEM_PYTHON

from tests.image.building import CLOSED, IMAGE, VERSION, Podman
from tests.waiting import until

TOKEN = f"somebody:{'0' * 64}"
STOP_SECONDS = 8
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def container(podman: Podman, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name for a container, of which nothing is left."""
    name = f"jobsvc-{request.node.name.partition('[')[0]}-{os.getpid()}"
    yield name
    podman("rm", "--force", "--ignore", "--volumes", "--time=0", name)


def start(podman: Podman, name: str, command: Sequence[str]) -> None:
    podman("run", "--detach", f"--name={name}", *CLOSED, "--network=none", f"--env=JOBSVC_TOKENS={TOKEN}", IMAGE, *command)


def test_it_says_what_it_is(podman: Podman) -> None:
    described = json.loads(podman("image", "inspect", IMAGE))[0]
    labels = described["Labels"]
    assert labels["org.opencontainers.image.title"] == "jobsvc"
    assert labels["org.opencontainers.image.version"] == VERSION
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    assert described["User"] == "10001:10001"
    assert described["Healthcheck"]["Test"][0] == "CMD"
    assert list(described["Config"]["Volumes"]) == ["/data"]


def test_nothing_is_in_it_that_builds_or_installs(podman: Podman) -> None:
    look = (
        "id -u; for name in pip pip3 gcc cc make hatchling; do command -v $name; done;"
        'for name in pip ensurepip hatchling; do python3 -c "import $name" 2>/dev/null && echo $name;'
        f' {SYSTEM_PYTHON} -c "import $name" 2>/dev/null && echo $name; done; touch /opt/jobsvc/x 2>/dev/null && echo writable'
    )
    assert podman("run", "--rm", *CLOSED, "--network=none", "--entrypoint=/bin/sh", IMAGE, "-c", f"{look}; true") == "10001\n"


def test_the_demo_works_in_it(podman: Podman) -> None:
    shown = podman("run", "--rm", *CLOSED, "--network=none", IMAGE, "demo")
    assert "COMPLETED" in shown
    assert "TOTAL_WORDS = " in shown


def test_a_service_in_it_says_whether_it_is_ready_and_stops_when_told(podman: Podman, container: str) -> None:
    start(podman, container, ["up"])
    until(lambda: podman.code("healthcheck", "run", container) == 0, seconds=60, pause=0.3)
    begun = time.monotonic()
    podman("stop", "--time=30", container)
    assert time.monotonic() - begun < STOP_SECONDS
    assert podman("inspect", "--format={{.State.ExitCode}}", container).strip() == "0"


@pytest.mark.parametrize("seconds", [0.0, 0.3, 0.7])
def test_a_signal_while_it_starts_is_not_lost(podman: Podman, container: str, seconds: float) -> None:
    start(podman, container, ["serve"])
    time.sleep(seconds)
    begun = time.monotonic()
    podman("stop", "--time=30", container)
    assert time.monotonic() - begun < STOP_SECONDS
    assert podman("inspect", "--format={{.State.ExitCode}}", container).strip() in {"0", "143"}


def test_its_check_of_health_fails_while_nothing_listens(podman: Podman) -> None:
    command = ["run", "--rm", *CLOSED, "--network=none", "--entrypoint=python3", IMAGE, "/opt/jobsvc/bin/healthcheck.py"]
    assert podman.code(*command) == 1


def test_all_that_the_dockerfile_installs_is_checked_by_digest() -> None:
    text = (Path(__file__).parents[2] / "Dockerfile").read_text()
    installs = [line for line in text.splitlines() if "pip" in line and " install " in line]
    assert installs
    assert [line for line in installs if "--no-deps" not in line or ("--require-hashes" in line) != ("-r " in line)] == []
    assert subprocess.run(["grep", "-c", "DIGEST:+@", "Dockerfile"], cwd=Path(__file__).parents[2], check=True).returncode == 0
