"""What names an image: it becomes a part of the path of a request to the runtime."""

import pytest

from jobsvc.domain.image_names import is_image_name, registry_of

DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "name",
    [
        "busybox",
        "word-count-1.0.0-seed:1.0.0",
        "localhost/a__b/c--d.e_f:latest",
        "registry.example.com:5000/team/job-1.0.0-seed:1.0.0",
        "Registry.Example.com/team/job",
        "[::1]:5000/job:v1",
        f"job@sha256:{DIGEST}",
        f"job:1@sha256:{DIGEST}",
        f"sha256:{DIGEST}",
        DIGEST,
    ],
)
def test_names(name: str) -> None:
    assert is_image_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " busybox",
        "busybox\n",
        "Busybox",
        "a/../b",
        "../containers",
        "a//b",
        "/a",
        "a/",
        "a?b=c",
        "a#b",
        "a b",
        "a%2fb",
        "a:",
        "a:b:c",
        "-a",
        "ä",
        "a@b",
        "a" * 513,
    ],
)
def test_what_names_none(name: str) -> None:
    assert not is_image_name(name)


@pytest.mark.parametrize(
    ("image", "registry"),
    [
        ("python", "https://index.docker.io/v1/"),
        ("library/python:3", "https://index.docker.io/v1/"),
        ("localhost/python", "localhost"),
        ("registry.example.com/a/b:1", "registry.example.com"),
        ("registry:5000/a", "registry:5000"),
    ],
)
def test_the_registry_is_that_of_the_credentials(image: str, registry: str) -> None:
    assert registry_of(image) == registry
