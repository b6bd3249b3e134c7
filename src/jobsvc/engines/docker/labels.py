"""Labels of images, asked of Docker or Podman."""

import asyncio
import contextlib
from collections.abc import Mapping

import aiohttp
from aiodocker import Docker, DockerError

from jobsvc.domain.builtin_errors import PULL_TIMEOUT
from jobsvc.domain.errors import ImagesUnavailable, InvalidRequest
from jobsvc.domain.image_names import registry_of
from jobsvc.engines.docker import images
from jobsvc.engines.docker.connecting import connect
from jobsvc.engines.docker.engine import DockerEngine, DockerOptions
from jobsvc.ports.remote_engine import RunRejected

AWAY = "docker_image: the container runtime cannot be reached"
NOT_CONNECTED = 900
"""What the client calls it when it has no answer at all."""
ANSWER_SECONDS = 20.0


class DockerImageLabels:
    """An `ImageLabels`; it connects for each image, which are few, and waits `answer_seconds` for all but pulls."""

    engine = DockerEngine.name

    def __init__(self, options: DockerOptions, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._options = options
        self._answer_seconds = answer_seconds

    async def read(self, image: str) -> Mapping[str, str]:
        """The labels of an image, which is pulled first when the options say so. InvalidRequest, ImagesUnavailable."""
        try:
            async with connect(self._options.url) as docker:
                return await self._read(docker, image)
        except RunRejected as exc:
            kind = ImagesUnavailable if exc.error_name == PULL_TIMEOUT else InvalidRequest
            raise kind(f"docker_image: {exc.reason}.") from exc
        except TimeoutError:
            raise ImagesUnavailable(f"{AWAY}: it does not answer within {self._answer_seconds:g} s.") from None
        except (aiohttp.ClientError, OSError) as exc:
            raise ImagesUnavailable(f"{AWAY}: {exc}.") from exc
        except DockerError as exc:
            problem = AWAY if exc.status == NOT_CONNECTED else "docker_image: the container runtime fails"
            raise ImagesUnavailable(f"{problem}: {exc.message}") from exc

    async def _read(self, docker: Docker, image: str) -> Mapping[str, str]:
        options = self._options
        async with asyncio.timeout(self._answer_seconds):
            await images.inspect(docker, image)
        auth = options.auths.get(registry_of(image))
        # Beyond that it is the pull that takes its time.
        pull = images.ensure(docker, image, policy=options.pull, auth=auth, seconds=options.pull_seconds)
        async with contextlib.aclosing(pull):
            async for _ in pull:
                pass
        inspected = await images.inspect(docker, image)
        if inspected is None:
            raise InvalidRequest(f"docker_image: the image {image} is not there.")
        return (inspected.get("Config") or {}).get("Labels") or {}
