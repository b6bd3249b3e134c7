"""The storage of workspaces that are directories of the host."""

import asyncio
import os
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from jobsvc.domain.errors import InvalidRequest, StorageFailure
from jobsvc.domain.outcome import FileIdentity
from jobsvc.ports.storage import StoredFile
from jobsvc.storage import host

PORTION = 1 << 20


@dataclass(frozen=True)
class HostStorage:
    """A `Storage` below a directory."""

    root: Path

    async def check(self) -> None:
        """InvalidRequest when the directory is not there."""
        if not await asyncio.to_thread(self.root.is_dir):
            raise InvalidRequest(f"'{self.root}' is not a directory of this host.")

    async def open(self, path: str) -> int:
        """A descriptor of a file, to be closed. Raises as `stat` does."""
        return await asyncio.to_thread(host.open_file, self.root, path, "file_path")

    async def stat(self, path: str) -> StoredFile:
        """What is known of a file."""
        descriptor = await self.open(path)
        try:
            return _described(descriptor)
        finally:
            os.close(descriptor)

    async def read(self, path: str, file: StoredFile, begin: int, end: int) -> AsyncIterator[bytes]:
        """A part of a file."""
        descriptor = await self.open(path)
        try:
            if _described(descriptor) != file:
                raise StorageFailure(f"'{path}' is another file now.")
            while begin < end and (portion := await asyncio.to_thread(os.pread, descriptor, min(PORTION, end - begin), begin)):
                begin += len(portion)
                yield portion
        finally:
            os.close(descriptor)

    async def link(self, path: str) -> None:
        """None: nobody else reads directories of this host."""

    async def store(self, path: str, chunks: AsyncIterable[bytes]) -> int:
        """A new file from a stream."""
        return await host.store(self.root, path, chunks)

    async def take(self, path: str, source: Path, identity: FileIdentity | None = None) -> int:
        """A copy of a file of this host."""
        return await asyncio.to_thread(host.import_file, self.root, path, source, identity)

    async def remove(self, path: str) -> None:
        """Take back a file, and the directory that was made for it alone if it was uploaded."""
        await asyncio.to_thread(host.remove, self.root, path)

    async def delete(self, path: str) -> None:
        """Delete a file, and the directories of its job that are empty without it."""
        await asyncio.to_thread(host.delete, self.root, str(PurePosixPath(path)))


def _described(descriptor: int) -> StoredFile:
    facts = os.fstat(descriptor)
    tag = f'"{facts.st_ino:x}-{facts.st_mtime_ns:x}-{facts.st_size:x}"'
    return StoredFile(facts.st_size, tag, datetime.fromtimestamp(facts.st_mtime, UTC))
