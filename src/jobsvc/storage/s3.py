"""The storage of workspaces that are buckets of an object store, or what is below a prefix in one.

An object is written in parts, a few of which are in memory at a time, and can be seen once all of them are there. Requests
are repeated by the library, within a bound. What it says of a failure may hold parts of signed requests, so that neither
answers nor logs have it.
"""

import asyncio
import os
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import obstore
import structlog
from obstore.exceptions import AlreadyExistsError, BaseError, PermissionDeniedError, PreconditionError, UnauthenticatedError
from obstore.store import S3Store

from jobsvc.domain.errors import Conflict, InvalidRequest, StorageFailure, StorageUnavailable
from jobsvc.domain.outcome import FileIdentity
from jobsvc.ports.storage import StoredFile
from jobsvc.storage.host import check_relative
from jobsvc.storage.regular import open_regular

log = structlog.get_logger(__name__)
PART = 16 << 20
"""Bytes of a part: an upload of unknown length has 10,000 of them at most, which are 156 GiB."""
PARTS_AT_ONCE = 2
MOST_PARTS = 10_000
MOST_BYTES = PART * MOST_PARTS
PORTION = 1 << 20
MODE = 0o444
_NOBODY = ".jobsvc-partial-check"
"""A key that no file can have."""
_WRITABLE = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]+")


@dataclass(frozen=True)
class Links:
    """How links for others are made: the object store as they reach it, and how long a link is good."""

    store: S3Store
    good_for: timedelta


class S3Storage:
    """A `Storage` of one bucket, or of what is below a prefix."""

    def __init__(self, store: S3Store, address: str, links: Links | None = None) -> None:
        """`address` is what sentences call the bucket, and its prefix."""
        self._store = store
        self._address = address
        self._links = links

    async def check(self) -> None:
        """InvalidRequest when the bucket is not there, or closed."""
        try:
            with self._translating("the bucket"):
                await obstore.get_async(self._store, _NOBODY)
        except FileNotFoundError as exc:
            if "NoSuchBucket" in str(exc):
                raise InvalidRequest(f"there is no bucket of '{self._address}' in the object store.") from None
        except StorageUnavailable:
            raise
        except StorageFailure as exc:
            raise InvalidRequest(exc.detail) from None

    async def stat(self, path: str) -> StoredFile:
        """What is known of an object."""
        key = _key(path)
        try:
            with self._translating(path):
                return await self._stat(key)
        except FileNotFoundError:
            raise InvalidRequest(f"file_path: there is no file '{path}' in '{self._address}'.") from None

    async def read(self, path: str, file: StoredFile, begin: int, end: int) -> AsyncIterator[bytes]:
        """A part of an object, asked for in portions: each of them can be repeated by itself."""
        key = _key(path)
        while begin < end:
            until = min(begin + PART, end)
            with self._translating(path):
                try:
                    result = await obstore.get_async(self._store, key, options=_range(file, begin, until))
                    portion = bytes(await result.bytes_async())
                except FileNotFoundError:
                    raise StorageFailure(f"'{path}' is gone.") from None
            yield portion
            begin = until

    async def link(self, path: str) -> str | None:
        """A link that is signed with the credentials of this service, which cannot be read from it."""
        if self._links is None:
            return None
        with self._translating(path):
            return await obstore.sign_async(self._links.store, "GET", _key(path), self._links.good_for)

    async def place_link(self, path: str) -> str:
        """A link by which anybody may write an object (PUT), and nothing else, for as long as links are good."""
        assert self._links is not None  # noqa: S101 - nobody asks for it elsewhere
        with self._translating(path):
            return await obstore.sign_async(self._links.store, "PUT", _key(path), self._links.good_for)

    async def put(self, path: str, content: bytes) -> None:
        """Write a small object, in place of what was there."""
        with self._translating(path):
            await obstore.put_async(self._store, _key(path), content)

    async def paths(self, directory: str) -> AsyncIterator[str]:
        """The paths of all objects below a directory."""
        with self._translating(directory):
            async for portion in obstore.list(self._store, f"{_key(directory)}/"):
                for meta in portion:
                    yield meta["path"]

    async def directories(self) -> list[str]:
        """The names of the directories that have something in them, of the first level."""
        with self._translating("the bucket"):
            listed = await obstore.list_with_delimiter_async(self._store)
        return list(listed["common_prefixes"])

    async def store(self, path: str, chunks: AsyncIterable[bytes]) -> int:
        """A new object from a stream.

        One of several parts cannot be written on the condition that there is none; so an empty one takes its place first.
        """
        key = _key(path)
        stream = _Stream(chunks)
        first = await stream.take(PART)
        try:
            with self._translating(path):
                await obstore.put_async(self._store, key, first if stream.is_over else b"", mode="create")
        except AlreadyExistsError:
            raise Conflict(f"The workspace has a file at '{path}' already.") from None
        if not stream.is_over:
            with self._translating(path):
                await self._store_parts(path, first, stream)
        return stream.size

    async def _store_parts(self, path: str, first: bytes, stream: "_Stream") -> None:
        """Write what is too large for one part; when the stream breaks off, or whoever waits for it, nothing stays.

        The library leaves the parts of an upload that fails. So a stream that broke off just ends, and the object goes again.
        """
        feed = _Feed()
        parts = obstore.put_async(self._store, _key(path), feed.portions(), chunk_size=PART, max_concurrency=PARTS_AT_ONCE)
        upload = asyncio.ensure_future(parts)
        try:
            portion = first
            while portion:
                await feed.put(portion, upload)
                portion = await stream.take(PORTION)
                if stream.size > MOST_BYTES:
                    raise InvalidRequest(f"The file has more than {MOST_BYTES >> 30} GiB.")  # noqa: TRY301
            await feed.put(b"", upload)
            await asyncio.shield(upload)
        except BaseException:
            feed.end()
            await asyncio.shield(self._abandon(path, upload))
            raise

    async def _abandon(self, path: str, upload: "asyncio.Future[Any]") -> None:
        await asyncio.gather(upload, return_exceptions=True)
        await self.remove(path)

    async def take(self, path: str, source: Path, identity: FileIdentity | None = None) -> int:
        """A copy of a file of this host."""
        key = _key(path)
        with os.fdopen(await asyncio.to_thread(open_regular, source), "rb") as file:
            facts = os.fstat(file.fileno())
            if identity is not None and identity != FileIdentity(facts.st_dev, facts.st_ino):
                raise StorageFailure(f"'{path}' cannot be written: the file was replaced after it had been found.")
            # Larger parts for what would have too many of them.
            part = max(PART, -(-facts.st_size // (MOST_PARTS - 1)))
            with self._translating(path):
                await obstore.put_async(self._store, key, file, chunk_size=part, max_concurrency=PARTS_AT_ONCE)
            stored = await self._stat(key)
        if stored.size != facts.st_size:
            await self.remove(path)
            raise StorageFailure(f"'{path}' cannot be written: the file changed while it was copied.")
        return stored.size

    async def remove(self, path: str) -> None:
        """Take back an object."""
        with suppress(StorageFailure, InvalidRequest):
            await self.delete(path)

    async def delete(self, path: str) -> None:
        """Delete an object."""
        key = _key(path)
        with suppress(FileNotFoundError), self._translating(path):
            await obstore.delete_async(self._store, key)

    def fetch(self, path: str, size: int, target: Path, check: Callable[[], None]) -> None:
        """Copy an object to a new file of this host, which is for reading only. Blocks; `check` is called meanwhile.

        Raises:
            InvalidRequest: There is none, or one of another size than `size`.
            OSError: The disk refuses.
        """
        key = _key(path)
        with self._translating(path):
            try:
                file = _stored(obstore.head(self._store, key))
                if file.size != size:
                    raise InvalidRequest(f"'{path}' has {file.size} bytes, and was recorded with {size}.")
                self._fetch(key, file, target, check)
            except FileNotFoundError:
                raise InvalidRequest(f"'{path}' is not in '{self._address}'.") from None

    def _fetch(self, key: str, file: StoredFile, target: Path, check: Callable[[], None]) -> None:
        with target.open("xb") as copy:
            if file.size:
                os.posix_fallocate(copy.fileno(), 0, file.size)  # a disk that is too full says so at once
            for begin in range(0, file.size, PART):
                check()
                result = obstore.get(self._store, key, options=_range(file, begin, min(begin + PART, file.size)))
                copy.write(result.bytes())
        target.chmod(MODE)

    async def _stat(self, key: str) -> StoredFile:
        return _stored(await obstore.head_async(self._store, key))

    @contextmanager
    def _translating(self, path: str) -> Iterator[None]:
        """Turn errors of the library into errors of the domain, but for those of one meaning at one call alone."""
        try:
            yield
        except AlreadyExistsError:
            raise
        except PreconditionError:
            raise StorageFailure(f"'{path}' is another file now.") from None
        except (PermissionDeniedError, UnauthenticatedError):
            log.warning("storage.refused", bucket=self._address)
            raise StorageFailure(f"'{path}': the object store refuses the service's credentials for '{self._address}'.") from None
        except BaseError as exc:
            log.warning("storage.unavailable", bucket=self._address, problem=type(exc).__name__)
            raise StorageUnavailable(f"'{path}': the object store of '{self._address}' does not answer as it should.") from None


class _Stream:
    """A stream whose bytes are counted and put together to larger portions."""

    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = aiter(chunks)
        self.size = 0
        self.is_over = False

    async def take(self, least: int) -> bytes:
        """The next bytes, at least so many unless it is over."""
        taken = bytearray()
        while len(taken) < least and not self.is_over:
            try:
                taken += await anext(self._chunks)
            except StopAsyncIteration:
                self.is_over = True
        self.size += len(taken)
        return bytes(taken)


class _Feed:
    """Hands portions from whoever reads a stream over to an upload, one at a time; an empty one is the last."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(1)

    async def portions(self) -> AsyncIterator[bytes]:
        """What was put in."""
        while portion := await self._queue.get():
            yield portion

    async def put(self, portion: bytes, upload: "asyncio.Future[Any]") -> None:
        """Wait until there is room; raises what the upload does when that ends before."""
        putting = asyncio.ensure_future(self._queue.put(portion))
        try:
            await asyncio.wait({putting, upload}, return_when=asyncio.FIRST_COMPLETED)
            if not putting.done():
                await upload
        finally:
            putting.cancel()

    def end(self) -> None:
        """Let the upload come to its end, whatever waits."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(b"")


def _key(path: str) -> str:
    key = str(check_relative(path, "file_path"))
    if not _WRITABLE.fullmatch(key):
        raise InvalidRequest(f"file_path: {key!r} has characters that keys of objects cannot have.")
    return key


def _range(file: StoredFile, begin: int, end: int) -> Any:
    return {"range": (begin, end), "if_match": file.etag} if file.etag else {"range": (begin, end)}


def _stored(meta: Any) -> StoredFile:
    return StoredFile(meta["size"], meta["e_tag"] or "", meta["last_modified"])
