"""A Podman that has the image."""

import pytest

from tests.image.building import Podman, podman_with_image


@pytest.fixture(scope="session")
def podman(podman_url: str) -> Podman:
    """The same for all processes of the test run: keep to containers of your own."""
    return podman_with_image(podman_url)
