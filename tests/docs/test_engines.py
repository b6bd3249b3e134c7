"""What docs/engines.md says about the way from nothing to a running job is so on each engine."""

import re
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.support import environment, running_service
from tests.docs.pages import Pages
from tests.parts.slurm import token

TEXT = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")
START = TEXT.partition("## From nothing to a running job\n")[2].partition("\n## ")[0]
INTRODUCTION, *WAYS = re.split(r"(?m)^### .*\n", START)
SUBPROCESS, CONTAINERS, SLURM, SLURM_REST, KUBERNETES = WAYS

Walk = Callable[..., None]


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    """Does what a part of the page says, after what the introduction says, with these further variables."""

    def walk(way: str, **further: str) -> None:
        variables = environment(tmp_path / "data") | further
        variables["PATH"] = f"{Path(sys.executable).parent}:{variables['PATH']}"
        page = tmp_path / "page.md"
        page.write_text(INTRODUCTION + way, encoding="utf-8")
        with ExitStack() as services:

            def serve(command: Sequence[str]) -> None:
                services.enter_context(running_service(variables, command))

            assert Pages(variables, {}, directory=tmp_path, serve=serve).run(page) >= 4

    return walk


def test_processes(walk: Walk) -> None:
    walk(SUBPROCESS)


def test_docker(walk: Walk, dockerd_url: str, seed_image: str) -> None:
    walk(CONTAINERS, JOBSVC_DOCKER_URL=dockerd_url, IMAGE=seed_image)


def test_podman(walk: Walk, podman_url: str, seed_image: str) -> None:
    walk(CONTAINERS, JOBSVC_DOCKER_URL=podman_url, IMAGE=seed_image)


def test_slurm(walk: Walk, slurm_conf: Path) -> None:
    walk(SLURM, SLURM_CONF=str(slurm_conf))


def test_slurm_by_rest(walk: Walk, slurm_conf: Path, slurmrestd_socket: Path, tmp_path: Path) -> None:
    file = tmp_path / "slurm-token"
    file.write_text(f"SLURM_JWT={token(slurm_conf)}\n")
    walk(SLURM_REST, JOBSVC_SLURM_URL=f"unix://{slurmrestd_socket}", JOBSVC_SLURM_TOKEN_FILE=str(file), SLURM_CONF="/dev/null")


def test_kubernetes(walk: Walk, kubeconfig: Path, seed_image: str) -> None:
    walk(KUBERNETES, KUBECONFIG=str(kubeconfig), IMAGE=seed_image)
