"""The engine itself: a job of the cluster for each run, by handle."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path

import structlog

from jobsvc.domain.builtin_errors import DOCKER_TASK_LAUNCH
from jobsvc.domain.outcome import CapturedOutput, Cause
from jobsvc.domain.seed import SeedManifest
from jobsvc.engines.events import first_of
from jobsvc.engines.kubernetes import states
from jobsvc.engines.kubernetes.cluster import MERGE_PATCH, Cluster, Refused
from jobsvc.engines.kubernetes.courier import Courier, Staging
from jobsvc.engines.kubernetes.gate import Gate
from jobsvc.engines.kubernetes.log_file import LogFile
from jobsvc.engines.kubernetes.logs import Log
from jobsvc.engines.kubernetes.manifests import job
from jobsvc.engines.kubernetes.mirror import PAGE, Mirror
from jobsvc.engines.kubernetes.options import Json, KubernetesOptions
from jobsvc.engines.kubernetes.records import JOB_NAME, JobRecord, PodRecord
from jobsvc.ports.remote_engine import Capabilities, EngineUnavailable, LogChunk, Observation, Phase, RunRejected, RunSpec

log = structlog.get_logger(__name__)
LABEL = "jobsvc.installation"
POLL_SECONDS = 10.0
LISTED_SECONDS = 20.0
"""How long the first list of everything may take."""
REMOVED_SECONDS = 15.0
"""How long a pod that still runs is waited for when its run is removed."""
LOOK_SECONDS = 0.2


class KubernetesEngine:
    """A `RemoteEngine`; `runs` is the directory of all runs, which pods see by the volumes of the options."""

    name = "kubernetes"
    poll_seconds = POLL_SECONDS

    def __init__(self, installation: str, runs: Path, options: KubernetesOptions, staging: Staging | None = None) -> None:
        """`staging`: by which files are carried; None: pods see those of the worker's host."""
        self.capabilities = Capabilities(
            uses_images=True, split_streams=False, enforces_memory=True, exact_oom=True, shares_files=staging is None
        )
        self._installation = installation
        self._runs = runs
        self._options = options
        self._limits = states.Bounds(options.pull_seconds, options.lost_seconds)
        self._cluster = Cluster(options.kubeconfig)
        space = f"namespaces/{options.namespace}"
        self._jobs_path, self._pods_path = f"/apis/batch/v1/{space}/jobs", f"/api/v1/{space}/pods"
        self._changed = asyncio.Event()
        selector = f"{LABEL}={installation}"
        self._jobs = Mirror(self._cluster, self._jobs_path, selector, JobRecord.read, self._changed)
        self._pods = Mirror(self._cluster, self._pods_path, selector, PodRecord.read, self._changed)
        self._gate = Gate(self._cluster, self._jobs_path, self._pods_path)
        self._courier = Courier(self._cluster, self._pods_path, runs, staging) if staging else None
        self._stopped: set[str] = set()
        self._begun_again: set[str] = set()
        self._silent: set[str] = set()
        """Runs whose node does not answer."""

    async def prepare(self, spec: RunSpec) -> AsyncIterator[str]:
        """See whether there can be a job of it; images are the nodes' business."""
        if not spec.image:
            raise RunRejected(DOCKER_TASK_LAUNCH, "the job type names no image")
        await asyncio.to_thread(job, spec, self._options)
        if self._courier:
            await self._courier.prepare(spec)
        nothing_to_say: tuple[str, ...] = ()
        for sentence in nothing_to_say:
            yield sentence

    async def submit(self, spec: RunSpec) -> None:
        """Create the job, or find that there is one."""
        body = await asyncio.to_thread(job, spec, self._options)
        try:
            created = await self._cluster.ask("POST", self._jobs_path, body=body)
        except Refused as exc:
            if exc.status == HTTPStatus.NOT_FOUND:
                raise EngineUnavailable(f"the cluster refuses for now: {exc.message}") from exc
            if exc.status != HTTPStatus.CONFLICT:
                raise RunRejected(DOCKER_TASK_LAUNCH, f"the cluster refuses the job: {exc.message}") from exc
            created = await self._existing(spec.handle)
        self._jobs.put(created)

    async def observe(self, handles: Collection[str]) -> Mapping[str, Observation]:
        """By what the watches say."""
        await self._jobs.ready(LISTED_SECONDS)
        await self._pods.ready(LISTED_SECONDS)
        self._pods.keep(handles)
        self._gate.keep(handles)
        if self._courier:
            self._courier.keep(handles)
        self._stopped.intersection_update(handles)
        self._begun_again.intersection_update(handles)
        now = self._cluster.now
        seen = {handle: self._observation(handle, now) for handle in handles}
        self._silent = {handle for handle, item in seen.items() if item.cause is Cause.NODE_LOST or item.phase is Phase.LOST}
        return seen

    def _observation(self, handle: str, now: datetime) -> Observation:
        job, pod, is_stopped = self._jobs.get(handle), self._pods.get(handle), handle in self._stopped
        if job and pod and pod.is_held and not is_stopped:
            self._gate.open(job, pod)
            if handle in self._gate.gone:
                return Observation(Phase.LOST)
        if self._courier and pod and pod.fetch.is_running and not is_stopped:
            self._courier.hand_inputs(handle, pod)
        if pod and pod.restarts and handle not in self._begun_again:
            self._begun_again.add(handle)
            log.warning("kubernetes.container_begun_again", handle=handle, node=pod.node, times=pod.restarts)
        seen = states.observation(job, pod, is_stopped=is_stopped, now=now, limits=self._limits)
        problem = self._gate.problem(handle)
        return replace(seen, reason=problem) if problem and seen.phase is Phase.QUEUED else seen

    async def changes(self) -> None:
        """Return when the watches have said something."""
        await self._changed.wait()
        self._changed.clear()

    async def logs(self, handle: str, over: asyncio.Event) -> AsyncGenerator[LogChunk, None]:
        """What was read before, and then what the cluster says."""
        file = LogFile(self._runs / handle, self._options.log_bytes)
        kept = file.kept()
        while (chunks := await asyncio.to_thread(next, kept, None)) is not None:
            for chunk in chunks:
                yield chunk
        name = await self._started(handle, over)
        if name is not None:
            log = Log(self._cluster, f"{self._pods_path}/{name}/log", file, lambda: handle not in self._silent)
            async for chunk in log.follow(over):
                yield chunk

    async def outputs(
        self, handle: str, manifest: SeedManifest, provided: Collection[str]
    ) -> tuple[CapturedOutput, Sequence[str]]:
        """What a run has left, where files are carried. OutputProblem."""
        assert self._courier is not None  # noqa: S101 - else nobody asks
        return await self._courier.outputs(handle, manifest, provided, self._pods.get)

    async def stop(self, handle: str, grace_seconds: float) -> None:  # noqa: ARG002 - a pod has its own from its beginning
        """End the pod by a deadline, so that it stays with its log; a run that has not begun is removed."""
        self._stopped.add(handle)
        pods = await self._pods_of(handle)
        if not any(pod.has_started for pod in pods):
            await self._delete(f"{self._jobs_path}/{handle}")
        for pod in pods:
            if pod.has_started and pod.exit is None:
                await self._quietly("PATCH", f"{self._pods_path}/{pod.name}", {"spec": {"activeDeadlineSeconds": 1}}, MERGE_PATCH)

    async def adopt(self) -> Collection[str]:
        """The names of all jobs of this installation, and of all runs that have files in the staging place."""
        params: Json = {"labelSelector": f"{LABEL}={self._installation}", "limit": PAGE}
        names: list[str] = []
        while True:
            answer = await self._answer("GET", self._jobs_path, params)
            names += [item["metadata"]["name"] for item in answer["items"]]
            params["continue"] = answer["metadata"].get("continue")
            if not params["continue"]:
                break
        carried = await self._courier.handles() if self._courier else ()
        return {*names, *(name for name in carried if name.startswith(f"jobsvc-{self._installation}-"))}

    async def remove(self, handle: str) -> None:
        """Remove the job with its pod, which is waited for if it still runs: nothing may write to what is removed next."""
        running = [pod for pod in await self._pods_of(handle) if pod.exit is None or pod.ship.is_running]
        await self._delete(f"{self._jobs_path}/{handle}")
        for pod in running:
            await self._delete(f"{self._pods_path}/{pod.name}", {"gracePeriodSeconds": 1})
        loop = asyncio.get_running_loop()
        until = loop.time() + REMOVED_SECONDS
        while running and loop.time() < until:
            await asyncio.sleep(LOOK_SECONDS)
            running = [pod for pod in await self._pods_of(handle) if pod.exit is None or pod.ship.is_running]
        if self._courier:
            await self._courier.remove(handle)

    async def close(self) -> None:
        """Stop watching, and close the connections."""
        await self._gate.close()
        if self._courier:
            await self._courier.close()
        await self._jobs.close()
        await self._pods.close()
        await self._cluster.close()

    async def _started(self, handle: str, over: asyncio.Event) -> str | None:
        """The name of the pod once it has a log; None when it is over without one."""
        with self._pods.awaiting(handle) as changed:
            while True:
                is_over = over.is_set()
                changed.clear()
                pod = self._pods.get(handle)
                if pod is not None and pod.has_started:
                    return pod.name
                if is_over:
                    return None
                await first_of(changed, over)

    async def _existing(self, handle: str) -> Json:
        """The job of a name that was taken. RunRejected: it is another's."""
        try:
            existing = await self._cluster.ask("GET", f"{self._jobs_path}/{handle}")
        except Refused as exc:
            # It is just being removed.
            raise EngineUnavailable(exc.message) from exc
        if JobRecord.read(existing).installation != self._installation:
            raise RunRejected(DOCKER_TASK_LAUNCH, f"another's job has the name {handle}")
        return existing

    async def _pods_of(self, handle: str) -> list[PodRecord]:
        params = {"labelSelector": f"{LABEL}={self._installation},{JOB_NAME}={handle}"}
        answer = await self._answer("GET", self._pods_path, params)
        return [PodRecord.read(item) for item in answer["items"]]

    async def _answer(self, method: str, path: str, params: Json) -> Json:
        try:
            return await self._cluster.ask(method, path, params)
        except Refused as exc:
            # There is nothing wrong with the question.
            raise EngineUnavailable(exc.message) from exc

    async def _delete(self, path: str, options: Json | None = None) -> None:
        await self._quietly("DELETE", path, {"propagationPolicy": "Background"} | (options or {}))

    async def _quietly(self, method: str, path: str, body: Json, content_type: str = "application/json") -> None:
        """Do something unless what it is done to is gone, or has ended meanwhile."""
        try:
            await self._cluster.ask(method, path, body=body, content_type=content_type)
        except Refused as exc:
            if exc.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
                raise EngineUnavailable(exc.message) from exc
