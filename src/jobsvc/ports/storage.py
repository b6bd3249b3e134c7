"""The storage port: where the files of a workspace lie, and how their bytes come and go.

Paths are relative to the workspace, as `jobsvc.storage.host.check_relative` lets them pass. Every method raises
StorageFailure, or StorageUnavailable when the same may work later.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from jobsvc.domain.outcome import FileIdentity


@dataclass(frozen=True)
class StoredFile:
    """What a storage knows of a file: its size in bytes, and a tag that is another one once its bytes are."""

    size: int
    etag: str
    modified: datetime


class Storage(Protocol):
    """The files of one workspace. What is being written is never seen: a file is there whole, or not at all."""

    async def check(self) -> None:
        """Raise InvalidRequest when the workspace is not there, or not open to this service."""

    async def stat(self, path: str) -> StoredFile:
        """What is known of a file; InvalidRequest when there is none."""

    def read(self, path: str, file: StoredFile, begin: int, end: int) -> AsyncIterator[bytes]:
        """The bytes from `begin` to before `end`, in portions; StorageFailure when it is not this `file` any more."""

    async def link(self, path: str) -> str | None:
        """An address where anybody gets a file (GET) for a while; None when there are none here."""

    async def store(self, path: str, chunks: AsyncIterable[bytes]) -> int:
        """Write a new file from a stream and return its size in bytes; nothing stays when the stream breaks off.

        Conflict when the path is taken.
        """

    async def take(self, path: str, source: Path, identity: FileIdentity | None = None) -> int:
        """Copy a file of this host, in place of what was at the path, and return its size in bytes.

        `identity` is that of the only file to be taken.
        """

    async def remove(self, path: str) -> None:
        """Take back a file that was stored but is not wanted. Never raises."""

    async def delete(self, path: str) -> None:
        """Delete a file for good; what is gone already is fine."""
