"""Finds the socket of the container runtime."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import aiohttp
from aiodocker import Docker, DockerError

HELP = "start Docker, or Podman with `podman system service`, or set JOBSVC_DOCKER_URL"
ANSWER_SECONDS = 20.0


def connect(url: str | None) -> Docker:
    """A client of the runtime at `url`; None: where Docker's tools look, and then where Podman has its sockets.

    Raises:
        ConnectionError: There is no socket, or the URL is none.
    """
    try:
        # The client asserts that it knows a place.
        return Docker(url=url)
    except (AssertionError, ValueError) as exc:
        podman = next((path for path in _podman_sockets() if path.is_socket()), None)
        if url is not None or podman is None:
            raise ConnectionError(f"there is no socket of Docker or Podman; {HELP}" if url is None else str(exc)) from exc
        return Docker(url=f"unix://{podman}")


async def check(url: str | None) -> str:
    """What runtime answers there, in which version.

    Raises:
        ConnectionError: None does; the text says what to start.
    """
    try:
        async with asyncio.timeout(ANSWER_SECONDS), connect(url) as docker:
            version = await docker.version()
    except TimeoutError:
        raise ConnectionError(f"the container runtime does not answer within {ANSWER_SECONDS:.0f} s; {HELP}") from None
    except aiohttp.ClientError as exc:
        raise ConnectionError(f"the container runtime cannot be reached: {exc}; {HELP}") from exc
    except DockerError as exc:
        raise ConnectionError(f"the container runtime cannot be reached: {exc.message}; {HELP}") from exc
    name = next((part["Name"] for part in version.get("Components") or ()), "container runtime")
    return f"{name} {version.get('Version', '')}".strip()


def _podman_sockets() -> Iterator[Path]:
    """One's own, and that of the system."""
    yield Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}") / "podman" / "podman.sock"
    yield Path("/run/podman/podman.sock")
