"""What both container runtimes are asked by the parts: whether they answer, and to take the image of the tests."""

from http import HTTPStatus
from pathlib import Path

import httpx
from scripts.base_image import SYSTEM_PYTHON, ImageUnavailable, build

from tests.parts.daemons import PartFailed, PartUnavailable, is_listening

SEED_IMAGE = "localhost/jobsvc-seed:1"
"""Has `sh`, the small commands of busybox and `python3`; a read-only root and any user will do."""


def client(path: Path) -> httpx.Client:
    """HTTP on the socket of a runtime."""
    return httpx.Client(base_url="http://runtime", transport=httpx.HTTPTransport(uds=str(path)), timeout=60)


def answers(path: Path) -> bool:
    """Whether the runtime is there; an OSError when nobody listens on its socket."""
    is_listening(path)  # httpx would leave a socket open that cannot connect
    with client(path) as runtime:
        return runtime.get("/_ping").status_code == HTTPStatus.OK


def load_seed_image(path: Path, archive: Path) -> None:
    """Make an image of the archive, so that it has the name `SEED_IMAGE`."""
    with client(path) as runtime, archive.open("rb") as content:
        answer = runtime.post(
            "/images/create",
            params={"fromSrc": "-", "repo": SEED_IMAGE},  # Podman does not heed a `tag`
            headers={"Content-Type": "application/x-tar"},
            content=content,
        )
        if answer.status_code != HTTPStatus.OK or "error" in answer.text:
            raise PartFailed(f"The image was refused: {answer.text}")


def seed_archive(target: Path) -> Path:
    """The archive of the image, made unless it was; PartUnavailable when this machine has nothing to make it of."""
    if not target.exists():
        try:
            build(target, SYSTEM_PYTHON)
        except ImageUnavailable as error:
            raise PartUnavailable(f"{error} (apt-get install busybox-static python3)") from error
    return target
