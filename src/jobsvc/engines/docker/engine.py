"""The engine itself: containers by handle, over the socket of the runtime."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
from aiodocker import Docker, DockerError
from aiodocker.containers import DockerContainer

from jobsvc.domain.builtin_errors import DOCKER_TASK_LAUNCH, PULL
from jobsvc.domain.image_names import registry_of
from jobsvc.engines.docker import images, logs
from jobsvc.engines.docker.connecting import connect
from jobsvc.engines.docker.containers import GPUS, LABEL, Policy, container
from jobsvc.engines.docker.states import WAITING, observation
from jobsvc.engines.docker.usage import UsageSampler
from jobsvc.engines.growth import Growth
from jobsvc.ports.remote_engine import Capabilities, EngineUnavailable, LogChunk, Observation, Phase, RunRejected, RunSpec

NOT_MODIFIED, GONE, CONFLICT, INTERNAL = 304, 404, 409, 500
INSPECTIONS = 8
"""At once."""
WATCH_SECONDS = 1.0
"""Before the events are asked for again after they broke off."""
POLL_SECONDS = 10.0


@dataclass(frozen=True)
class DockerOptions:
    """How the engine is set up: `url` of the runtime's socket (None: where Docker's own tools look), pulls and the policy."""

    url: str | None = None
    pull: str = "missing"
    pull_seconds: float = 600.0
    auths: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Credentials by registry; never shown."""
    policy: Policy = field(default_factory=Policy)


class DockerEngine:
    """A `RemoteEngine`; `installation` is what its containers are labelled with."""

    name = "docker"
    capabilities = Capabilities(uses_images=True, split_streams=True, enforces_memory=True, exact_oom=False)
    poll_seconds = POLL_SECONDS

    def __init__(self, installation: str, options: DockerOptions) -> None:
        self._installation = installation
        self._options = options
        self._docker: Docker | None = None
        self._running: dict[str, Observation] = {}
        """What was seen of running containers: the list does not say when they started."""
        self._usage = UsageSampler()
        self._images: dict[str, str] = {}
        """Ids of the images of runs that were made ready and not submitted yet."""
        self._containers: dict[str, str] = {}
        """Ids of the containers that were begun here, so that nobody has to ask for them."""
        self._growth = Growth()
        self._log_files: dict[str, Path | None] = {}
        """Where the runtime keeps the logs of containers; None where that is not on this host, or may not be looked at."""

    async def prepare(self, spec: RunSpec) -> AsyncIterator[str]:
        """Pull the image as the settings say."""
        if not spec.image:
            raise RunRejected(DOCKER_TASK_LAUNCH, "the job type names no image")
        with _translated(is_final=True):
            async for sentence in self._pull(spec):
                yield sentence

    async def submit(self, spec: RunSpec) -> None:
        """Create and start the container, or find that there is one."""
        with _translated(is_final=True):
            try:
                container_id = await self._create(spec)
            except DockerError as exc:
                existing = await self._find(spec.handle)
                if existing is None and exc.status == CONFLICT:
                    # It is just being made, for a worker that did not wait for it, or being removed.
                    raise EngineUnavailable(exc.message) from exc
                if existing is None:
                    raise _rejected(exc, "the container cannot be made") from exc
                container_id = str(existing["Id"])
                if existing["State"].get("Status") not in WAITING:
                    return
            if spec.resources.get(GPUS):
                await self._expect_gpus(container_id)
            await self._start(container_id)
            self._containers[spec.handle] = container_id

    async def observe(self, handles: Collection[str]) -> Mapping[str, Observation]:
        """By one list of all, and a closer look at those that do not run, or did not when they were asked for last.

        What an ended container used is as it was seen last, see `usage`; what is said of a running one is of its start.
        """
        with _translated():
            listed = {str(item["Names"][0]).lstrip("/"): item for item in await self._list()}
        running = {name for name, item in listed.items() if item["State"] == "running"}
        limit = asyncio.Semaphore(INSPECTIONS)

        async def look(handle: str) -> tuple[str, Observation]:
            if handle in running and handle in self._running:
                return handle, self._running[handle]
            async with limit:
                with _translated():
                    inspected = await self._inspect(handle)
            seen = observation(inspected) if inspected is not None else Observation(Phase.LOST)
            if inspected is not None and seen.phase is Phase.RUNNING:
                self._usage.begin(handle, inspected)
                self._note_log_file(handle, inspected)
            return handle, replace(seen, usage=self._usage.last(handle))

        observations = dict(await asyncio.gather(*map(look, handles)))
        self._running = {handle: item for handle, item in observations.items() if item.phase is Phase.RUNNING}
        self._log_files = {handle: file for handle, file in self._log_files.items() if handle in handles}
        self._usage.keep(handles)
        return observations

    async def changes(self) -> None:
        """Return at the next event of a container of this installation."""
        filters = json.dumps({"type": ["container"], "label": [f"{LABEL}={self._installation}"], "event": ["die", "died"]})
        try:
            with _translated():
                request = self._client()._query("events", params={"filters": filters, "stream": "true"}, timeout=None)  # noqa: SLF001
                async with request as response:
                    try:
                        await response.content.readline()
                    finally:
                        response.close()
        except EngineUnavailable:
            await asyncio.sleep(WATCH_SECONDS)

    async def logs(self, handle: str, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        """Everything from the first byte until it is over."""
        with _translated(), _ignoring(GONE):
            container_id = self._containers.get(handle)
            if container_id is None:
                inspected = await self._inspect(handle)
                if inspected is None:
                    return
                container_id = str(inspected["Id"])
            following = logs.follow(self._client(), container_id, over, self._growth, lambda: self._log_file(handle))
            async with contextlib.aclosing(following) as chunks:
                async for chunk in chunks:
                    yield chunk

    async def stop(self, handle: str, grace_seconds: float) -> None:
        """TERM, and KILL after the grace time."""
        with _translated(), _ignoring(GONE, NOT_MODIFIED):
            # Podman does not stop what somebody has paused. What is not paused says so, with one of these.
            with _ignoring(CONFLICT, INTERNAL):
                await self._container(handle).unpause()
            await self._container(handle).stop(t=max(1, round(grace_seconds)), timeout=grace_seconds + 60)

    async def adopt(self) -> Collection[str]:
        """Handles of all containers of this installation."""
        with _translated():
            return [str(item["Names"][0]).lstrip("/") for item in await self._list()]

    async def remove(self, handle: str) -> None:
        """Remove the container, killing it if it still runs."""
        self._containers.pop(handle, None)
        self._images.pop(handle, None)
        with _translated(), _ignoring(GONE, CONFLICT):
            # Podman gives a container that is removed its time to end.
            with _ignoring(CONFLICT, INTERNAL):
                await self._container(handle).kill(signal="KILL")
            await self._container(handle).delete(force=True, v=True)

    async def close(self) -> None:
        """Close the connection to the socket."""
        await self._usage.close()
        await self._growth.close()
        if self._docker is not None:
            await self._docker.close()
            self._docker = None

    def _client(self) -> Docker:
        # Made inside of the running loop, which the client keeps.
        if self._docker is None:
            self._docker = connect(self._options.url)
        return self._docker

    def _container(self, handle: str) -> DockerContainer:
        return self._client().containers.container(handle)

    async def _list(self) -> list[Mapping[str, Any]]:
        filters = json.dumps({"label": [f"{LABEL}={self._installation}"]})
        return [item._container for item in await self._client().containers.list(all="true", filters=filters)]  # noqa: SLF001

    async def _find(self, handle: str) -> Mapping[str, Any] | None:
        """The container of a handle; RunRejected when it is another installation's."""
        try:
            inspected = await self._container(handle).show()
        except DockerError as exc:
            if exc.status == GONE:
                return None
            raise
        if not self._is_ours(inspected):
            raise RunRejected(DOCKER_TASK_LAUNCH, f"another's container has the name {handle}")
        return inspected

    async def _inspect(self, handle: str) -> Mapping[str, Any] | None:
        """The container of a handle; None when there is none of this installation."""
        try:
            return await self._find(handle)
        except RunRejected:
            return None

    def _note_log_file(self, handle: str, inspected: Mapping[str, Any]) -> None:
        path = Path(str(inspected.get("LogPath") or ""))
        is_there = False
        with contextlib.suppress(OSError):
            is_there = path.is_file()
        self._log_files[handle] = path if is_there else None

    async def _log_file(self, handle: str) -> Path | None:
        """Where the log of a container is; asked for once, if nobody looked at the container before."""
        if handle not in self._log_files and (inspected := await self._inspect(handle)):
            self._note_log_file(handle, inspected)
        return self._log_files.get(handle)

    def _is_ours(self, inspected: Mapping[str, Any]) -> bool:
        return bool(inspected["Config"].get("Labels", {}).get(LABEL) == self._installation)

    async def _pull(self, spec: RunSpec) -> AsyncIterator[str]:
        options, image = self._options, str(spec.image)
        there = await images.inspect(self._client(), image)
        if there is not None and options.pull != images.ALWAYS:
            self._images[spec.handle] = str(there["Id"])
            return
        auth = options.auths.get(registry_of(image))
        async for sentence in images.ensure(self._client(), image, policy=options.pull, auth=auth, seconds=options.pull_seconds):
            yield sentence

    async def _create(self, spec: RunSpec) -> str:
        """Make the container, which the image of that moment is for. The result is its id. DockerError, RunRejected."""
        image_id = self._images.pop(spec.handle, None)
        if image_id is None:
            image = await images.inspect(self._client(), str(spec.image))
            if image is None:
                raise RunRejected(PULL, f"the image {spec.image} is not there")
            image_id = str(image["Id"])
        body = container(spec, image_id, self._options.policy)
        return (await self._client().containers.create(body, name=spec.handle)).id

    async def _expect_gpus(self, container_id: str) -> None:
        """RunRejected when the runtime left out that the container is to have GPUs, as Podman does without a word."""
        if not (await self._container(container_id).show())["HostConfig"].get("DeviceRequests"):
            raise RunRejected(DOCKER_TASK_LAUNCH, "the job asks for GPUs, and this container runtime gives containers none")

    async def _start(self, container_id: str) -> None:
        try:
            await self._container(container_id).start()
        except DockerError as exc:
            if exc.status != NOT_MODIFIED:
                raise _rejected(exc, "the container cannot be started") from exc


@contextlib.contextmanager
def _translated(*, is_final: bool = False) -> Iterator[None]:
    """What goes wrong between here and the runtime is that it is away; `is_final`: unless it answers."""
    try:
        yield
    except (aiohttp.ClientError, OSError, TimeoutError) as exc:
        raise EngineUnavailable(f"the container runtime cannot be reached: {exc}") from exc
    except DockerError as exc:
        if is_final and exc.status not in images.AWAY:
            raise RunRejected(DOCKER_TASK_LAUNCH, f"the container runtime refused: {exc.message}") from exc
        raise EngineUnavailable(f"the container runtime failed: {exc.message}") from exc


def _rejected(problem: DockerError, what: str) -> Exception:
    """Why a container does not begin."""
    if problem.status in images.AWAY:
        return EngineUnavailable(f"the container runtime cannot be reached: {problem.message}")
    return RunRejected(DOCKER_TASK_LAUNCH, f"{what}: {problem.message}")


@contextlib.contextmanager
def _ignoring(*statuses: int) -> Iterator[None]:
    try:
        yield
    except DockerError as exc:
        if exc.status not in statuses:
            raise
