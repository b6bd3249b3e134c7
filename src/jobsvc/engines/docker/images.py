"""Has images there before they run, and says how far it is."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from aiodocker import Docker, DockerError
from aiodocker.jsonstream import json_stream_stream
from aiodocker.utils import compose_auth_header

from jobsvc.domain.builtin_errors import PULL, PULL_TIMEOUT
from jobsvc.domain.image_names import is_image_name, registry_of
from jobsvc.ports.remote_engine import RunRejected

NOT_FOUND = 404
AWAY = frozenset({503, 900})
"""Statuses of a runtime that has no answer now; 900 is the library's own."""
ALWAYS, NEVER = "always", "never"
PROGRESS_SECONDS = 5.0
"""Between two lines about a pull."""


async def inspect(docker: Docker, image: str) -> Mapping[str, Any] | None:
    """What the runtime knows of an image that it has; None when it has none of this name. RunRejected when it is no name."""
    # It becomes a part of the path of a request.
    if not is_image_name(image):
        return None
    try:
        return await docker.images.inspect(image)
    except DockerError as exc:
        if exc.status == NOT_FOUND:
            return None
        if exc.status in AWAY:
            raise
        raise RunRejected(PULL, f"the image {image} cannot be looked for: {exc.message}") from exc


async def ensure(
    docker: Docker, image: str, *, policy: str, auth: Mapping[str, str] | None, seconds: float
) -> AsyncGenerator[str, None]:
    """Pull an image as the policy says (`missing`, `always`, `never`); yields sentences about it.

    Raises:
        RunRejected: It cannot be had, or not in time.
    """
    is_there = await inspect(docker, image) is not None
    if is_there and policy != ALWAYS:
        return
    if policy == NEVER:
        raise RunRejected(PULL, f"the image {image} is not there, and JOBSVC_DOCKER_PULL is never")
    yield f"pulling the image {image}"
    try:
        async with asyncio.timeout(seconds):
            async with contextlib.aclosing(_pull(docker, image, auth)) as sentences:
                async for sentence in sentences:
                    yield sentence
    except TimeoutError:
        raise RunRejected(PULL_TIMEOUT, f"pulling the image {image} took longer than {seconds:.0f} s") from None
    except DockerError as exc:
        if exc.status in AWAY:
            raise
        if not is_there:
            raise RunRejected(PULL, f"the image {image} cannot be pulled: {exc.message}") from exc
        yield f"the image {image} cannot be pulled ({exc.message}); the one that is there is used"
    else:
        yield f"pulled the image {image}"


async def _pull(docker: Docker, image: str, auth: Mapping[str, str] | None) -> AsyncGenerator[str, None]:
    loop = asyncio.get_running_loop()
    due = loop.time() + PROGRESS_SECONDS
    params = {"fromImage": image} if ":" in image.rpartition("/")[2] else {"fromImage": image, "tag": "latest"}
    headers = {"X-Registry-Auth": compose_auth_header(dict(auth), registry_of(image))} if auth else None
    # Not the client's own `pull`, which leaves the response open when it is left early: the runtime would go on.
    async with docker._query("images/create", "POST", params=params, headers=headers, timeout=None) as response:  # noqa: SLF001
        with contextlib.closing(response):
            async for item in json_stream_stream(response):
                if loop.time() >= due and item.get("status"):
                    due = loop.time() + PROGRESS_SECONDS
                    yield f"{item.get('status')} {item.get('progress', '')}".strip()
