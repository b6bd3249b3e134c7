"""Lets one pod of each run begin, and never a second one: a cluster may make several pods for one job.

All pods are made with a gate, by which the scheduler leaves them alone. The job notes the name of the pod that may begin, by a
change that can be made once only; then the gate of that pod is removed. Whoever goes on with a run after any of these steps does
the next one. Other pods are left alone: the cluster would take the end of one for a failure of its job.
"""

import asyncio
from collections.abc import Collection
from http import HTTPStatus

import structlog

from jobsvc.engines.kubernetes.cluster import JSON_PATCH, STRATEGIC_PATCH, Cluster, Refused
from jobsvc.engines.kubernetes.options import Json
from jobsvc.engines.kubernetes.records import CHOSEN, GATE, JobRecord, PodRecord
from jobsvc.ports.remote_engine import EngineUnavailable

log = structlog.get_logger(__name__)
AGAIN_SECONDS = 2.0
"""After so long a step is done again, unless the watch has said meanwhile that it is done."""
AT_ONCE = 20
"""How many runs have their steps done at the same time."""


class Gate:
    """Opens the gates of pods in tasks of its own."""

    def __init__(self, cluster: Cluster, jobs_path: str, pods_path: str) -> None:
        self._cluster = cluster
        self._jobs_path, self._pods_path = jobs_path, pods_path
        self._due: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._few = asyncio.Semaphore(AT_ONCE)
        self._problems: dict[str, str] = {}
        self.gone: set[str] = set()
        """Runs whose pod is not there any more, whatever other pods they have."""

    def problem(self, handle: str) -> str:
        """Why the gate of a run could not be opened; nothing when it could, or was not tried."""
        return self._problems.get(handle, "")

    def open(self, job: JobRecord, pod: PodRecord) -> None:
        """Do the next steps for a run whose pod has its gate still."""
        loop = asyncio.get_running_loop()
        if job.pod is None or loop.time() < self._due.get(job.handle, 0.0) or not (job.pod or pod.is_there):
            return
        self._due[job.handle] = loop.time() + AGAIN_SECONDS
        task = loop.create_task(self._open(job, pod))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def keep(self, handles: Collection[str]) -> None:
        """Drop what is known of other runs."""
        self.gone.intersection_update(handles)
        for known in (self._due, self._problems):
            for handle in [handle for handle in known if handle not in handles]:
                del known[handle]

    async def close(self) -> None:
        """Let what is under way be. Idempotent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _open(self, job: JobRecord, pod: PodRecord) -> None:
        async with self._few:
            try:
                if job.pod or await self._choose(job.handle, pod.name):
                    await self._remove(job.handle, job.pod or pod.name)
                self._problems.pop(job.handle, None)
            except (EngineUnavailable, Refused) as exc:
                self._problems[job.handle] = f"the pod cannot begin yet: {exc}"
            except Exception:
                log.exception("kubernetes.gate_failed", handle=job.handle)

    async def _choose(self, handle: str, name: str) -> bool:
        """Note the pod in the job; False when another one is noted, or the job is gone: the watch says what."""
        path = f"/metadata/annotations/{CHOSEN}"
        steps = [{"op": "test", "path": path, "value": ""}, {"op": "replace", "path": path, "value": name}]
        try:
            await self._cluster.ask("PATCH", f"{self._jobs_path}/{handle}", body=steps, content_type=JSON_PATCH)
        except Refused as exc:
            if exc.status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
                return False
            raise
        return True

    async def _remove(self, handle: str, name: str) -> None:
        """Remove the gate of a pod, if it has it still."""
        body: Json = {"spec": {"schedulingGates": [{"$patch": "delete", "name": GATE}]}}
        try:
            await self._cluster.ask("PATCH", f"{self._pods_path}/{name}", body=body, content_type=STRATEGIC_PATCH)
        except Refused as exc:
            if exc.status != HTTPStatus.NOT_FOUND:
                raise
            self.gone.add(handle)
