"""One service for all tests of the command line, with the examples registered."""

import subprocess
from collections.abc import Callable, Iterator, Mapping

import pytest

from jobsvc.cli.run import run
from jobsvc.client import Client

from .support import EXAMPLES, JOBSVC, Ran, environment, running_service

Cli = Callable[..., Ran]
Spawn = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(tmp_path_factory.mktemp("cli")) | {"JOBSVC_WEBHOOK_PRIVATE": "1"}


@pytest.fixture(scope="session")
def service(variables: Mapping[str, str]) -> Iterator[str]:
    with running_service(variables) as url:
        for manifest in EXAMPLES.glob("*/manifest.json"):
            assert run(["--url", url, "types", "add", str(manifest), "--setting", f"EXAMPLES={EXAMPLES}"]) == 0
        yield url


@pytest.fixture
def client(service: str) -> Iterator[Client]:
    with Client(service) as client:
        yield client


@pytest.fixture
def cli(service: str, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        code = run(["--url", service, *map(str, arguments)])
        return Ran(code, *capsys.readouterr())

    return call


@pytest.fixture
def spawn(service: str, variables: Mapping[str, str]) -> Iterator[Spawn]:
    """Start a command as a process, with pipes for its streams."""
    started: list[subprocess.Popen[str]] = []

    def call(*arguments: object) -> "subprocess.Popen[str]":
        command = [*JOBSVC, "--url", service, *map(str, arguments)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, env={**variables}, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield call
    for process in started:
        process.kill()
        process.communicate()
