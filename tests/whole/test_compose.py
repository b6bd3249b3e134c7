"""`docker-compose.yml`: Compose takes it, and what it starts runs a job by way of its gateway."""

import os
import shutil
from pathlib import Path

import pytest

from tests.cli.support import EXAMPLES
from tests.image.building import Podman
from tests.whole.compose.project import FILES, Project

pytestmark = [
    pytest.mark.skipif(
        shutil.which("docker-compose") is None and "JOBSVC_REQUIRE_CONTAINERS" not in os.environ,
        reason="what is tested is what docker-compose makes of the file, and it is not installed",
    ),
    pytest.mark.timeout(600),
]
SERVICES = {"gateway", "api-1", "api-2", "worker-1", "worker-2", "postgres", "elasticsearch"}


@pytest.fixture(scope="module")
def project(podman: Podman, networked_dockerd: Path, elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project, whose daemon has the image."""
    directory = tmp_path_factory.mktemp("compose")
    directory.chmod(0o755)
    project = Project(networked_dockerd, directory, elasticsearch_url)
    project.take_image(podman)
    return project


def test_compose_takes_the_files(project: Project) -> None:
    project.config("docker-compose.yml")
    project.config("docker-compose.yml", "deploy/compose/docker-engine.yml")
    project.config(*FILES)


def test_what_it_starts_runs_a_job(project: Project, tmp_path: Path) -> None:
    text = tmp_path / "hamlet.txt"
    text.write_text("to be or not to be")
    with project.up():
        project.jobsvc("types", "add", str(EXAMPLES / "word-count" / "manifest.json"), "--setting=EXAMPLES=/examples")
        shown = project.jobsvc("submit", "word-count", f"--input=TEXT={text}", "--follow")
        assert "wrote report.csv" in shown
        states = project.states()
        assert states.pop("migrate").startswith("Exited (0)")
        assert set(states) == SERVICES
        assert all(state.startswith("Up") for state in states.values()), states
