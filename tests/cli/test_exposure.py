"""What a service that strangers can reach refuses."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from jobsvc.cli.exposure import listening_problem, remote_hosts, working_problem
from jobsvc.settings import Settings

from .support import JOBSVC, environment

TOKEN = f"ann:{'0' * 64}"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "jobs.example", "::ffff:127.0.0.1"])  # noqa: S104
@pytest.mark.parametrize("problem", [listening_problem, working_problem])
def test_an_engine_without_a_wall_is_not_for_a_service_that_others_reach(host: str, problem: type) -> None:
    settings = Settings(host=host, tokens=TOKEN)
    assert host in problem(settings)
    assert "JOBSVC_ALLOW_SUBPROCESS=1" in problem(settings)
    assert problem(Settings(host=host, tokens=TOKEN, allow_subprocess=True)) == ""
    assert problem(Settings(host=host, tokens=TOKEN, engines="docker:2,slurm")) == ""
    assert problem(Settings(host=host, tokens=TOKEN, engines="docker,subprocess:3"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "LOCALHOST"])
def test_on_this_machine_nothing_is_refused(host: str) -> None:
    assert listening_problem(Settings(host=host)) == working_problem(Settings(host=host)) == ""


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        (None, ""),
        ("postgresql:///jobs", ""),
        ("postgresql://u:p@localhost:5432/jobs", ""),
        ("postgresql://u:p@127.0.0.1/jobs", ""),
        ("postgresql://u:p@[::1]:5432/jobs", ""),
        ("postgresql://u:p@/jobs?host=/run/postgresql", ""),
        ("postgresql://u:p@%2Frun%2Fpostgresql/jobs", ""),
        ("postgresql+asyncpg://u:p%40x@db.example:5432/jobs", "db.example"),
        ("postgresql://[2001:db8::1]/jobs", "2001:db8::1"),
        ("postgresql://u@localhost,db2:5432/jobs", "db2"),
        ("postgresql:///jobs?host=localhost,db3", "db3"),
    ],
)
def test_a_database_of_another_machine_is_seen(url: str | None, hosts: str) -> None:
    assert remote_hosts(url) == hosts
    assert bool(working_problem(Settings(database_url=url))) == bool(hosts)


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        ("up", {"JOBSVC_HOST": "0.0.0.0"}),  # noqa: S104
        ("serve", {"JOBSVC_HOST": "::"}),
        ("demo", {"JOBSVC_HOST": "0.0.0.0"}),  # noqa: S104
        ("worker", {"JOBSVC_HOST": "0.0.0.0"}),  # noqa: S104
        ("worker", {"JOBSVC_DATABASE_URL": "postgresql://u:p@db.example/jobs"}),
    ],
)
def test_every_command_that_would_expose_it_says_what_to_do(tmp_path: Path, command: str, variables: Mapping[str, str]) -> None:
    data = tmp_path / "data"
    ran = subprocess.run(
        [*JOBSVC, command],
        env=environment(data) | {"JOBSVC_TOKENS": TOKEN} | dict(variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 2
    assert ran.stderr.startswith("jobsvc: refusing the engine subprocess for a service that ")
    assert "JOBSVC_ENGINES to docker or slurm" in ran.stderr
    assert "p@" not in ran.stderr
    assert not os.path.lexists(data)
