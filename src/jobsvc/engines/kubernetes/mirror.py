"""A copy of what the cluster has of one kind, kept up to date by one list and one watch for all runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from http import HTTPStatus
from typing import Any, Generic, Protocol, Self, TypeVar

import aiohttp
import orjson
import structlog

from jobsvc.engines.kubernetes.cluster import Cluster, Refused
from jobsvc.engines.kubernetes.options import Json
from jobsvc.ports.remote_engine import EngineUnavailable

log = structlog.get_logger(__name__)
PAGE = 500
WATCH_SECONDS = 240
"""After so long the API server ends a watch."""
SILENCE_SECONDS = 90.0
"""Bookmarks come each minute: a watch that is silent for longer is broken, though nobody said so."""
LIST_SECONDS = 1800.0
"""After so long everything is listed again, whatever the watch said."""
AGAIN_SECONDS = 1.0


class Record(Protocol):
    """What is kept of an object."""

    @property
    def handle(self) -> str:
        """Whose it is."""

    @property
    def name(self) -> str:
        """Its own, among all of its kind."""

    @property
    def rank(self) -> Any:
        """Of several that one run has, the one of the lowest rank says what becomes of it."""

    @property
    def is_there(self) -> bool:
        """Whether the cluster has it still."""

    def after(self, before: Self | None) -> Self:
        """What is known of it with what was seen before."""

    def gone(self) -> Self | None:
        """What is kept of it when it is not there any more; None: nothing."""


R = TypeVar("R", bound=Record)


class _Outdated(Exception):
    """The watch cannot go on where it ended."""


class Mirror(Generic[R]):
    """Records by handle and name. `changed` is set at each change, and when the cluster goes away or comes back."""

    def __init__(self, cluster: Cluster, path: str, selector: str, read: Callable[[Json], R], changed: asyncio.Event) -> None:
        self._cluster = cluster
        self._path = path
        self._selector = {"labelSelector": selector}
        self._read = read
        self._changed = changed
        self._records: dict[str, dict[str, R]] = {}
        self._listed = asyncio.Event()
        self._problem = ""
        self._awaited: dict[str, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None

    async def ready(self, within: float) -> None:
        """Return when it is known what the cluster has; EngineUnavailable: not at this moment, or not within so many seconds."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        if not self._problem:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._listed.wait()
        if self._problem or not self._listed.is_set():
            raise EngineUnavailable(self._problem or "the cluster has not said yet what it has")

    def get(self, handle: str) -> R | None:
        """What is known of one run."""
        return min(self._records.get(handle, {}).values(), key=lambda record: record.rank, default=None)

    @contextlib.contextmanager
    def awaiting(self, handle: str) -> Iterator[asyncio.Event]:
        """An event that is set when something of this run has changed; one at a time for each run."""
        event = self._awaited[handle] = asyncio.Event()
        try:
            yield event
        finally:
            self._awaited.pop(handle, None)

    def put(self, item: Json) -> None:
        """Take what the cluster answered, unless the watch was faster."""
        record = self._read(item)
        self._records.setdefault(record.handle, {}).setdefault(record.name, record)

    def keep(self, handles: Collection[str]) -> None:
        """Drop what is gone, but for these."""
        for handle in [handle for handle in self._records if handle not in handles]:
            rest = {name: record for name, record in self._records[handle].items() if record.is_there}
            self._put_all(handle, rest)

    async def close(self) -> None:
        """Stop watching. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                version, until = await self._list(), loop.time() + LIST_SECONDS
                self._note("")
                while loop.time() < until:
                    version = await self._watch(version)
            except (_Outdated, aiohttp.ClientPayloadError):
                log.debug("kubernetes.listed_again", path=self._path)
            except (EngineUnavailable, Refused) as exc:
                self._note(str(exc))
                await asyncio.sleep(AGAIN_SECONDS)
            except Exception:
                log.exception("kubernetes.watch_failed", path=self._path)
                self._note("what the cluster says is not understood")
                await asyncio.sleep(AGAIN_SECONDS)

    def _note(self, problem: str) -> None:
        self._problem = problem
        if not problem:
            self._listed.set()
        for event in self._awaited.values():
            event.set()
        self._changed.set()

    async def _list(self) -> str:
        """Take over everything; the result is the version of that."""
        known: dict[str, dict[str, R]] = {}
        params: dict[str, object] = self._selector | {"limit": PAGE}
        while True:
            answer = await self._cluster.ask("GET", self._path, params)
            for item in answer["items"]:
                record = self._read(item)
                known.setdefault(record.handle, {})[record.name] = record.after(self._before(record))
            params["continue"] = answer["metadata"].get("continue")
            if not params["continue"]:
                break
        before = [record for records in self._records.values() for record in records.values()]
        for record in before:
            if record.name not in known.get(record.handle, {}) and (rest := record.gone()) is not None:
                known.setdefault(record.handle, {})[record.name] = rest
        self._records = known
        return str(answer["metadata"]["resourceVersion"])

    async def _watch(self, version: str) -> str:
        """Follow the changes since a version until the server ends that; the result is the version where to go on."""
        params = self._selector | {
            "watch": "1",
            "resourceVersion": version,
            "allowWatchBookmarks": "true",
            "timeoutSeconds": WATCH_SECONDS,
        }
        try:
            async with self._cluster.stream(self._path, params, SILENCE_SECONDS) as content:
                async for event in _events(content):
                    version = self._take(event)
        except Refused as exc:
            if exc.status == HTTPStatus.GONE:
                raise _Outdated from exc
            raise
        return version

    def _before(self, record: R) -> R | None:
        return self._records.get(record.handle, {}).get(record.name)

    def _put_all(self, handle: str, records: dict[str, R]) -> None:
        if records:
            self._records[handle] = records
        else:
            self._records.pop(handle, None)

    def _take(self, event: Json) -> str:
        kind, item = event["type"], event["object"]
        if kind == "ERROR":
            raise _Outdated
        if kind == "BOOKMARK":
            return str(item["metadata"]["resourceVersion"])
        record = self._read(item)
        record = record.after(self._before(record))
        rest = record.gone() if kind == "DELETED" else record
        others = {name: other for name, other in self._records.get(record.handle, {}).items() if name != record.name}
        self._put_all(record.handle, others | ({record.name: rest} if rest is not None else {}))
        if event_of := self._awaited.get(record.handle):
            event_of.set()
        self._changed.set()
        return str(item["metadata"]["resourceVersion"])


async def _events(content: aiohttp.StreamReader) -> AsyncIterator[Json]:
    """One in each line, however long it is."""
    rest = b""
    async for data in content.iter_any():
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            yield orjson.loads(line)
