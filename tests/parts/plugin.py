"""The fixtures of the real parts, and what pytest has to do before and after them."""

import os
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.parts.containers import SEED_IMAGE
from tests.parts.daemons import PartUnavailable
from tests.parts.object_store import ObjectStore
from tests.parts.shared import STOP_LIMIT, SharedParts

REQUIRE_CONTAINERS, REQUIRE_SLURM = "JOBSVC_REQUIRE_CONTAINERS", "JOBSVC_REQUIRE_SLURM"
REQUIRE_KUBERNETES = "JOBSVC_REQUIRE_KUBERNETES"
CONTAINERS_LEFT_OUT, SLURM_LEFT_OUT = "Container tests left out", "Slurm tests left out"
KUBERNETES_LEFT_OUT = "Kubernetes tests left out"
REQUIRE_S3, S3_LEFT_OUT = "JOBSVC_REQUIRE_S3", "Object store tests left out"
_OWNED = pytest.StashKey[tuple[SharedParts, int]]()


def pytest_configure(config: pytest.Config) -> None:
    """Make the place of the parts in the process above the others."""
    if not hasattr(config, "workerinput"):
        parts = SharedParts.make()
        config.stash[_OWNED] = (parts, os.open(parts.alive, os.O_RDWR))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the parts, if there are any."""
    if _OWNED in config.stash:
        parts, alive = config.stash[_OWNED]
        os.close(alive)
        parts.clear_within(STOP_LIMIT)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give all tests that are left out one place, so that the summary has one line for a part, not one for each test."""
    report = yield
    if call.excinfo and isinstance(call.excinfo.value, pytest.skip.Exception):
        text = str(call.excinfo.value)
        if text.startswith((CONTAINERS_LEFT_OUT, SLURM_LEFT_OUT, KUBERNETES_LEFT_OUT, S3_LEFT_OUT)):
            report.longrepr = (__file__, 1, text)
    return report


@pytest.fixture(scope="session")
def podman_url() -> str:
    """The URL of a real Podman that has `seed_image`, the same for all processes of the test run.

    Keep to containers of your own. Where it cannot run the test is left out, or fails if JOBSVC_REQUIRE_CONTAINERS=1.
    """
    return f"unix://{_part(SharedParts.offered().podman, REQUIRE_CONTAINERS, CONTAINERS_LEFT_OUT)}"


@pytest.fixture(scope="session")
def dockerd_url() -> str:
    """The same of a real Docker daemon."""
    return f"unix://{_part(SharedParts.offered().dockerd, REQUIRE_CONTAINERS, CONTAINERS_LEFT_OUT)}"


@pytest.fixture(scope="session")
def networked_dockerd() -> Path:
    """The socket of another one, whose containers have a network, which is not the machine's; its pid is beside it."""
    return _part(SharedParts.offered().networked_dockerd, REQUIRE_CONTAINERS, CONTAINERS_LEFT_OUT)


@pytest.fixture(scope="session")
def slurm_conf() -> Path:
    """The `slurm.conf` of a real cluster, the same for all processes of the test run, for the variable SLURM_CONF.

    Keep to jobs of your own. Where it cannot run the test is left out, or fails if JOBSVC_REQUIRE_SLURM=1.
    """
    return _part(SharedParts.offered().slurm, REQUIRE_SLURM, SLURM_LEFT_OUT)


@pytest.fixture(scope="session")
def slurmrestd_socket() -> Path:
    """The socket of the REST service of the cluster of `slurm_conf`; left out as that is."""
    return _part(SharedParts.offered().slurmrestd, REQUIRE_SLURM, SLURM_LEFT_OUT)


@pytest.fixture(scope="session")
def kubeconfig() -> Path:
    """The kubeconfig of a worker in a real cluster of one node, the same for all processes of the test run.

    Keep to runs of your own. Where it cannot run the test is left out, or fails if JOBSVC_REQUIRE_KUBERNETES=1.
    """
    return _part(SharedParts.offered().kubernetes, REQUIRE_KUBERNETES, KUBERNETES_LEFT_OUT)


@pytest.fixture(scope="session")
def breakable_kubeconfig() -> Path:
    """The same of a second cluster, whose processes may be killed: they are started again."""
    return _part(lambda: SharedParts.offered().kubernetes("breakable"), REQUIRE_KUBERNETES, KUBERNETES_LEFT_OUT)


@pytest.fixture(scope="session")
def object_store() -> ObjectStore:
    """A real object store that speaks S3, the same for all processes of the test run: keep to buckets of your own.

    Where it cannot run the test is left out, or fails if JOBSVC_REQUIRE_S3=1.
    """
    parts = SharedParts.offered()
    address = _part(parts.object_store, REQUIRE_S3, S3_LEFT_OUT)
    return ObjectStore(parts.directory / "object_store", str(address))


@pytest.fixture(scope="session")
def seed_image() -> str:
    """The name of an image that both runtimes have: `sh`, the small commands of busybox, `python3`."""
    return SEED_IMAGE


def _part(start: Callable[[], Path], required: str, left_out: str) -> Path:
    try:
        return start()
    except PartUnavailable as error:
        if os.environ.get(required) == "1":
            raise
        pytest.skip(f"{left_out}: {error}; docs/development/tests.md says how to run them")
