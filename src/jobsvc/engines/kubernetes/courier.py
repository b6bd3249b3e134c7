"""Tells the containers that carry files what to do, by links, and brings what they shipped to where this host reads it.

A link is made when the container that follows it is there, and renewed while that works: no link has to be good for as long as
a pod waits for a node, or a job runs. What is written last (`shipped.json`) says that all before it is there, to whomever.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, TypeVar

import structlog

from jobsvc.domain.builtin_errors import DOCKER_TERMINATED, FILESYSTEM_IO, INVALID_RESULTS_MANIFEST, MISSING_FILE
from jobsvc.domain.errors import InvalidRequest, StorageFailure, StorageUnavailable
from jobsvc.domain.limits import MAX_COLLECTING_SECONDS, MAX_STAGING_SECONDS
from jobsvc.domain.outcome import CapturedFile, CapturedOutput
from jobsvc.domain.outputs import OutputProblem
from jobsvc.domain.seed import SeedManifest
from jobsvc.engines import carriage
from jobsvc.engines.carriage import FetchedFile, FetchOrder, PartsOrder, Report, ShipOrder, Shipped
from jobsvc.engines.kubernetes.cluster import MERGE_PATCH, Cluster, Refused
from jobsvc.engines.kubernetes.records import FETCH_LINK, SHIP_LINK, PodRecord
from jobsvc.engines.kubernetes.shipment import checked
from jobsvc.engines.kubernetes.states import last_words
from jobsvc.engines.remote.run_dir import RunDir
from jobsvc.ports.remote_engine import CarriedInput, EngineUnavailable, RunRejected, RunSpec
from jobsvc.storage.s3 import S3Storage
from jobsvc.storage.storages import Storages

T = TypeVar("T")
log = structlog.get_logger(__name__)
RENEW_SECONDS = 240.0
"""Credentials that a service has for a while are renewed some minutes before their end, and links end with them."""
AGAIN_SECONDS = 5.0
AT_ONCE = 20
"""How many pods are told something at the same time, and how many objects of one run are looked at."""
FIRST_PAUSE, MOST_PAUSE = 0.1, 2.0
MOST_DOCUMENT = 256 << 20


class Staging(NamedTuple):
    """The place in an object store by which files of runs are carried, and the storages of workspaces, with links for pods."""

    place: S3Storage
    storages: Storages


class Courier:
    """The worker's side of carrying files. `runs` has the directories of all runs."""

    def __init__(self, cluster: Cluster, pods_path: str, runs: Path, staging: Staging) -> None:
        self._cluster = cluster
        self._pods_path = pods_path
        self._runs = runs
        self._place, self._storages = staging
        self._due: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._few = asyncio.Semaphore(AT_ONCE)

    async def prepare(self, spec: RunSpec) -> None:
        """Bring inputs that lie on this host to the staging place, and look whether the others are there. As an engine's."""
        try:
            for number, item in enumerate(spec.inputs):
                if item.origin is None:
                    await self._take(spec.handle, number, item)
            order = await self._order(spec)
        except StorageUnavailable as exc:
            raise EngineUnavailable(exc.detail) from exc
        except StorageFailure as exc:
            raise RunRejected(FILESYSTEM_IO, exc.detail) from exc
        if order.error_name:
            raise RunRejected(order.error_name, order.reason)

    def hand_inputs(self, handle: str, pod: PodRecord) -> None:
        """Tell the container that fetches inputs where they are, once it is there; again when that gets old."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._due.get(handle, 0.0):
            return
        self._due[handle] = loop.time() + RENEW_SECONDS
        task = loop.create_task(self._hand_inputs(handle, pod.name))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def keep(self, handles: Collection[str]) -> None:
        """Drop what is known of other runs."""
        for handle in [handle for handle in self._due if handle not in handles]:
            del self._due[handle]

    async def outputs(
        self, handle: str, manifest: SeedManifest, provided: Collection[str], pod_of: Callable[[str], PodRecord | None]
    ) -> tuple[CapturedOutput, Sequence[str]]:
        """What a run has left, and sentences for its log. OutputProblem."""
        shipping = _Shipping(self, handle, ShipOrder(manifest, tuple(provided), MAX_COLLECTING_SECONDS, "", ""))
        pause = FIRST_PAUSE
        while True:
            # Before the look at what it left: it may end in between.
            pod = pod_of(handle)
            try:
                if await shipping.goes_on(pod):
                    break
            except (EngineUnavailable, StorageUnavailable) as exc:
                log.warning("kubernetes.shipping_interrupted", handle=handle, problem=str(exc))
            except (Refused, StorageFailure) as exc:
                raise OutputProblem(FILESYSTEM_IO, f"the outputs cannot be had: {exc}") from exc
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, MOST_PAUSE)
        return self._captured(handle, manifest, shipping)

    async def remove(self, handle: str) -> None:
        """Remove what there is of a run in the staging place. EngineUnavailable."""
        try:
            async for path in self._place.paths(handle):
                await self._place.delete(path)
        except StorageFailure as exc:
            raise EngineUnavailable(exc.detail) from exc

    async def handles(self) -> list[str]:
        """The runs that have something in the staging place, of whichever installation. EngineUnavailable."""
        try:
            return await self._place.directories()
        except StorageFailure as exc:
            raise EngineUnavailable(exc.detail) from exc

    async def close(self) -> None:
        """Let what is under way be. Idempotent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def read(self, path: str, kind: type[T]) -> T | None:
        """A document of the staging place, if it is there. StorageFailure."""
        try:
            file = await self._place.stat(path)
        except InvalidRequest:
            return None
        if file.size > MOST_DOCUMENT:
            raise StorageFailure(f"'{path}' has {file.size} bytes, which are too many.")
        content = b"".join([portion async for portion in self._place.read(path, file, 0, file.size)])
        try:
            return await asyncio.to_thread(carriage.read, kind, content)
        except ValueError as exc:
            raise StorageFailure(f"'{path}' is not understood.") from exc

    async def links(self, handle: str, *names: str) -> list[str]:
        """Links by which objects of a run can be written."""
        return [await self._place.place_link(f"{handle}/{name}") for name in names]

    async def link(self, handle: str, name: str) -> str:
        """A link by which an object of a run can be read."""
        return await self._place.link(f"{handle}/{name}") or ""

    async def hand(self, handle: str, pod: str, name: str, annotation: str, document: object) -> None:
        """Write a document, and tell a pod where it is."""
        await self._place.put(f"{handle}/{name}", await asyncio.to_thread(carriage.write, document))
        body = {"metadata": {"annotations": {annotation: await self.link(handle, name)}}}
        await self._cluster.ask("PATCH", f"{self._pods_path}/{pod}", body=body, content_type=MERGE_PATCH)

    async def put(self, handle: str, name: str, document: object) -> None:
        """Write a document."""
        await self._place.put(f"{handle}/{name}", await asyncio.to_thread(carriage.write, document))

    async def _take(self, handle: str, number: int, item: CarriedInput) -> None:
        try:
            await self._place.take(_input(handle, number), item.path)
        except FileNotFoundError:
            raise RunRejected(MISSING_FILE, f"{item.label} is missing") from None
        except OSError as exc:
            raise RunRejected(FILESYSTEM_IO, f"{item.label} cannot be read: {exc.strerror}") from exc

    async def _hand_inputs(self, handle: str, pod: str) -> None:
        async with self._few:
            try:
                prepared = await asyncio.to_thread(RunDir(self._runs / handle).prepared)
                if prepared is not None:
                    await self.hand(handle, pod, "fetch.json", FETCH_LINK, await self._order(prepared.run))
            except (EngineUnavailable, Refused, StorageFailure, OSError) as exc:
                # A pod that is gone is not there the next time.
                self._due[handle] = asyncio.get_running_loop().time() + AGAIN_SECONDS
                log.warning("kubernetes.inputs_not_handed", handle=handle, problem=str(exc))

    async def _order(self, spec: RunSpec) -> FetchOrder:
        """What is to be fetched, by links; an order with an error when something is missing. StorageFailure."""
        few = asyncio.Semaphore(AT_ONCE)

        async def file(number: int, item: CarriedInput) -> FetchedFile:
            async with few:
                return await self._file(spec.handle, number, item)

        try:
            files = await asyncio.gather(*(file(number, item) for number, item in enumerate(spec.inputs)))
        except InvalidRequest as exc:
            return FetchOrder(error_name=MISSING_FILE, reason=exc.detail)
        metadata = await asyncio.to_thread(_text, RunDir(spec.directory).input_metadata)
        return FetchOrder(tuple(files), metadata, MAX_STAGING_SECONDS)

    async def _file(self, handle: str, number: int, item: CarriedInput) -> FetchedFile:
        storage, path = self._place, _input(handle, number)
        if item.origin is not None:
            of_workspace = self._storages.of(item.origin.configuration)
            assert isinstance(of_workspace, S3Storage)  # noqa: S101 - others have no origin
            storage, path = of_workspace, item.origin.file_path
        try:
            there = await storage.stat(path)
        except InvalidRequest as exc:
            raise InvalidRequest(f"{item.label} is missing: {exc.detail}") from None
        if item.origin is not None and there.size != item.origin.size:
            raise InvalidRequest(f"{item.label} has {there.size} bytes, and was recorded with {item.origin.size}.")
        return FetchedFile(item.target, item.label, await storage.link(path) or "", there.size, there.etag)

    def _captured(self, handle: str, manifest: SeedManifest, shipping: "_Shipping") -> tuple[CapturedOutput, Sequence[str]]:
        report, shipped = shipping.report, shipping.shipped
        if report.error_name:
            raise OutputProblem(report.error_name, report.reason)
        offsets, offset = {}, 0
        for name, size in checked(report, manifest).items():
            if name not in shipped.digests:
                raise OutputProblem(INVALID_RESULTS_MANIFEST, f"{name}: was not shipped")
            offsets[name] = offset
            offset += size
        files = tuple(
            CapturedFile(
                file.output,
                Path(file.name),
                file.name,
                file.media_type,
                file.metadata,
                stream=partial(self._stream, handle, offsets[file.name], file.size, shipped.digests[file.name]),
            )
            for file in report.files
        )
        return CapturedOutput(files, report.json, report.input_metadata), report.warnings

    async def _stream(self, handle: str, begin: int, size: int, digest: str) -> AsyncIterator[bytes]:
        """The bytes of a file that was shipped. StorageFailure."""
        end, seen = begin + size, sha256()
        while begin < end:
            number, first = divmod(begin, carriage.PART_BYTES)
            path = _part(handle, number)
            try:
                part = await self._place.stat(path)
            except InvalidRequest as exc:
                raise StorageFailure(exc.detail) from exc
            last = min(carriage.PART_BYTES, first + end - begin)
            async for portion in self._place.read(path, part, first, last):
                await asyncio.to_thread(seen.update, portion)
                begin += len(portion)
                yield portion
        if seen.hexdigest() != digest:
            raise StorageFailure("What was shipped is not what the pod sent: its SHA-256 differs.")


class _Shipping:
    """What is known of the outputs of one run."""

    def __init__(self, courier: Courier, handle: str, order: ShipOrder) -> None:
        self._courier = courier
        self._handle = handle
        self._order = order
        self._due = 0.0
        self._parts_due = 0.0
        self._report: Report | None = None
        self.shipped = Shipped({})

    @property
    def report(self) -> Report:
        """What the pod says; nothing before it has said it."""
        return self._report or Report()

    async def goes_on(self, pod: PodRecord | None) -> bool:
        """Do the next step; True when all is there. Raises as the courier does, and OutputProblem."""
        now = asyncio.get_running_loop().time()
        if self._report is None:
            self._report = await self._courier.read(f"{self._handle}/report.json", Report)
        if self._report and (self._report.error_name or not self._report.files):
            return True
        if self._report and (shipped := await self._courier.read(f"{self._handle}/shipped.json", Shipped)):
            self.shipped = shipped
            return True
        _check_pod(pod)
        if pod and pod.ship.is_running and now >= self._due:
            await self._hand(pod.name)
            self._due = now + RENEW_SECONDS
        if self._report and now >= self._parts_due:
            await self._order_parts(self._report)
            self._parts_due = now + RENEW_SECONDS
        return False

    async def _hand(self, pod: str) -> None:
        [report] = await self._courier.links(self._handle, "report.json")
        parts = await self._courier.link(self._handle, "parts.json")
        order = ShipOrder(self._order.manifest, self._order.provided, self._order.seconds, report, parts)
        await self._courier.hand(self._handle, pod, "ship.json", SHIP_LINK, order)

    async def _order_parts(self, report: Report) -> None:
        count = carriage.part_count(sum(checked(report, self._order.manifest).values()))
        names = [f"parts/{number}" for number in range(count)]
        *links, shipped = await self._courier.links(self._handle, *names, "shipped.json")
        await self._courier.put(self._handle, "parts.json", PartsOrder(tuple(links), shipped))


def _check_pod(pod: PodRecord | None) -> None:
    """OutputProblem when nobody is there any more who could ship anything."""
    if pod is None or pod.is_gone or pod.deleted:
        raise OutputProblem(DOCKER_TERMINATED, "the pod was removed before its outputs were shipped")
    if pod.ship.exit:
        problem = last_words(pod.ship.exit, "the container that ships outputs")
        raise OutputProblem(problem.error_name, problem.reason)


def _input(handle: str, number: int) -> str:
    return f"{handle}/inputs/{number}"


def _part(handle: str, number: int) -> str:
    return f"{handle}/parts/{number}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
