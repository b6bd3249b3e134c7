"""`jobsvc demo` without a terminal."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from scripts.example_images import make

from .support import EXAMPLES, JOBSVC, environment


def demo(variables: Mapping[str, str], *options: str) -> "subprocess.CompletedProcess[str]":
    return ran_by(variables, [*JOBSVC, "demo", *options])


def ran_by(variables: Mapping[str, str], command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    env, cwd = dict(variables), EXAMPLES.parent
    return subprocess.run(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def test_the_demo_runs_a_job_and_shows_what_came_of_it(tmp_path: Path) -> None:
    variables = environment(tmp_path)
    ran = demo(variables)
    assert (ran.returncode, ran.stderr) == (0, "")
    url = f"http://127.0.0.1:{variables['JOBSVC_PORT']}"
    facts = (
        "co2-plot, countdown, merge-csv, word-count",
        "│ 100%  line 133 of 133: 1334 words, 537 distinct",
        "Job 1  word-count 1.0.0  COMPLETED",
        "exit code 0",
        "TOTAL_WORDS = 1334",
        f"{url}/v6/files/2/content/",
        "│ of,78",
        f"{url}/v6/job-executions/1/logs/combined/",
        f"{url}/docs",
        f"export JOBSVC_URL={url}",
    )
    assert [fact for fact in facts if fact not in ran.stdout] == []
    assert max(map(len, ran.stdout.splitlines())) <= 80


def test_the_same_in_containers_of_images_made_on_the_spot(tmp_path: Path, podman_url: str) -> None:
    variables = environment(tmp_path) | {"JOBSVC_DOCKER_URL": podman_url}
    images = make(None, podman_url)
    assert len(images) == 4
    ran = demo(variables, "--engine", "docker")
    assert (ran.returncode, ran.stderr) == (0, "")
    facts = (
        "✓ runtime   Podman",
        "co2-plot, countdown, merge-csv, word-count, of their images",
        "│ 100%  line 133 of 133: 1334 words, 537 distinct",
        "Job 1  word-count 1.0.0  COMPLETED",
        "TOTAL_WORDS = 1334",
        "│ of,78",
        "`JOBSVC_ENGINES=subprocess,docker jobsvc up`",
    )
    assert [fact for fact in facts if fact not in ran.stdout] == []
    assert max(map(len, ran.stdout.splitlines())) <= 80


def test_without_a_runtime_it_says_what_to_start(tmp_path: Path) -> None:
    variables = environment(tmp_path) | {"JOBSVC_DOCKER_URL": f"unix://{tmp_path}/nobody.sock"}
    ran = demo(variables, "--engine", "docker")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "start Docker, or Podman" in ran.stderr
    assert ran.stderr.count("\n") == 1
    ran = ran_by(variables, [sys.executable, "-m", "scripts.example_images"])
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "start Docker, or Podman" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_a_service_that_cannot_start_is_said_in_one_line(service: str, variables: dict[str, str]) -> None:
    for wrong, name in (({}, service.rpartition(":")[2]), ({"JOBSVC_PORT": "many"}, "JOBSVC_PORT")):
        ran = demo(variables | wrong)
        assert (ran.returncode, ran.stdout) == (2, "")
        assert name in ran.stderr
        assert ran.stderr.count("\n") == 1
