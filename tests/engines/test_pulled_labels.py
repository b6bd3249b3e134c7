"""The labels of images that are in a registry only: Docker pulls them as the policy says."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from jobsvc.domain.errors import ImagesUnavailable, InvalidRequest
from jobsvc.engines.docker import DockerImageLabels, DockerOptions

from .registry import Registry, running_registry


@pytest.fixture
def registry() -> Iterator[Registry]:
    with running_registry() as registry:
        yield registry


def labels(url: str, pull: str, seconds: float = 30.0) -> DockerImageLabels:
    return DockerImageLabels(DockerOptions(url=url, pull=pull, pull_seconds=seconds))


def name() -> str:
    return f"job-{uuid4().hex}"


async def test_an_image_that_is_missing_is_pulled_once(registry: Registry, dockerd_url: str) -> None:
    reader, known = labels(dockerd_url, "missing"), name()
    image = registry.put(known, {"a": "1"})
    assert (await reader.read(image))["a"] == "1"
    pulls = len(registry.pulls)
    assert pulls > 0
    registry.put(known, {"a": "2"})
    assert (await reader.read(image))["a"] == "1"
    assert len(registry.pulls) == pulls


async def test_always_takes_what_the_registry_has_by_now(registry: Registry, dockerd_url: str) -> None:
    reader, known = labels(dockerd_url, "always"), name()
    image = registry.put(known, {"a": "1"})
    assert (await reader.read(image))["a"] == "1"
    registry.put(known, {"a": "2"})
    assert (await reader.read(image))["a"] == "2"


async def test_never_pulls_nothing(registry: Registry, dockerd_url: str) -> None:
    image = registry.put(name(), {"a": "1"})
    with pytest.raises(InvalidRequest, match=r"is not there, and JOBSVC_DOCKER_PULL is never"):
        await labels(dockerd_url, "never").read(image)
    assert registry.pulls == []


async def test_what_the_registry_does_not_know_is_refused(registry: Registry, dockerd_url: str) -> None:
    with pytest.raises(InvalidRequest, match=r"docker_image: the image \S+ cannot be pulled: "):
        await labels(dockerd_url, "missing").read(f"{registry.address}/{name()}:latest")


async def test_a_pull_that_takes_too_long_is_tried_again_later(registry: Registry, dockerd_url: str) -> None:
    image = registry.put(name(), {"a": "1", "new": name()})
    registry.is_open.clear()
    with pytest.raises(ImagesUnavailable, match=r"pulling the image \S+ took longer than 1 s"):
        await labels(dockerd_url, "missing", seconds=1.0).read(image)
    registry.is_open.set()
    assert (await labels(dockerd_url, "missing").read(image))["a"] == "1"
