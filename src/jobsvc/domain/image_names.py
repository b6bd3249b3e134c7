"""Names of container images."""

import re

_SERVER = r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_NAME = re.compile(
    rf"(?:{_SERVER}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[A-Za-z][A-Za-z0-9+._-]*:[0-9A-Fa-f]{{32,}})?|sha256:[0-9a-f]{{64}}",
    re.ASCII,
)
_LONGEST = 512
DOCKER_HUB = "https://index.docker.io/v1/"
"""What `docker login` calls the registry of names without a server."""


def is_image_name(text: str) -> bool:
    """Whether this may name an image, as `server:5000/path/name:tag@sha256:...` does: a runtime takes it as a part of a path."""
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None


def registry_of(image: str) -> str:
    """The registry that an image comes from, as files of credentials name it."""
    server, slash, _ = image.partition("/")
    return server if slash and (server == "localhost" or "." in server or ":" in server) else DOCKER_HUB
