"""What every storage of files does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from jobsvc.domain.errors import Conflict, InvalidRequest, StorageFailure
from jobsvc.domain.outcome import FileIdentity
from jobsvc.ports.storage import Storage

LARGE = 40 << 20
"""Bytes of a file that an object store takes in several parts."""


async def stream(*portions: bytes, problem: Exception | None = None) -> AsyncIterator[bytes]:
    """A stream that breaks off with a problem, if there is one."""
    for portion in portions:
        yield portion
    if problem:
        raise problem


async def content(storage: Storage, path: str, begin: int = 0, end: int | None = None) -> bytes:
    """The bytes of a file."""
    file = await storage.stat(path)
    parts = [part async for part in storage.read(path, file, begin, file.size if end is None else end)]
    return b"".join(parts)


class StorageContract:
    """Tests of a `storage`, of which `kept` gives whatever lies in it: its own leftovers, too."""

    async def test_what_was_stored_can_be_read(self, storage: Storage) -> None:
        assert await storage.store("a/b c#?%25ü[1].txt", stream(b"one ", b"two")) == 7
        assert await content(storage, "a/b c#?%25ü[1].txt") == b"one two"

    async def test_a_file_may_be_empty(self, storage: Storage) -> None:
        assert await storage.store("a", stream()) == 0
        assert await content(storage, "a") == b""

    async def test_ranges_of_large_files_are_read(self, storage: Storage) -> None:
        portions = [bytes([number]) * (1 << 20) for number in range(LARGE >> 20)]
        assert await storage.store("large", stream(*portions)) == LARGE
        assert await content(storage, "large") == b"".join(portions)
        assert await content(storage, "large", (17 << 20) - 1, (17 << 20) + 1) == b"\x10\x11"

    async def test_nothing_that_exists_is_overwritten(self, storage: Storage) -> None:
        await storage.store("a", stream(b"first"))
        for portions in ((b"second",), (b"x" * LARGE,)):
            with pytest.raises(Conflict):
                await storage.store("a", stream(*portions))
        assert await content(storage, "a") == b"first"

    @pytest.mark.parametrize("size", [10, LARGE])
    async def test_a_stream_that_breaks_off_leaves_nothing(self, storage: Storage, kept: Path, size: int) -> None:
        with pytest.raises(RuntimeError, match="client gone"):
            await storage.store("a", stream(b"x" * size, b"y", problem=RuntimeError("client gone")))
        assert _files(kept) == []

    async def test_an_upload_that_is_cut_off_leaves_nothing(self, storage: Storage, kept: Path) -> None:
        has_begun = asyncio.Event()

        async def endless() -> AsyncIterator[bytes]:
            yield b"x" * LARGE
            has_begun.set()
            await asyncio.Event().wait()

        upload = asyncio.create_task(storage.store("a", endless()))
        await has_begun.wait()
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        assert _files(kept) == []

    @pytest.mark.parametrize("size", [0, 10, LARGE])
    async def test_files_of_the_host_are_taken(self, storage: Storage, tmp_path: Path, size: int) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"x" * size)
        for _ in range(2):
            assert await storage.take("job_1/exe_1/out", source) == size
        assert await content(storage, "job_1/exe_1/out") == b"x" * size

    async def test_a_file_that_was_replaced_is_not_taken(self, storage: Storage, kept: Path, tmp_path: Path) -> None:
        source = tmp_path / "source"
        source.write_bytes(b"secret")
        with pytest.raises(StorageFailure):
            await storage.take("out", source, FileIdentity(1, 1))
        assert _files(kept) == []

    async def test_another_file_of_the_same_name_is_not_read_on(self, storage: Storage) -> None:
        await storage.store("a", stream(b"first"))
        file = await storage.stat("a")
        await storage.delete("a")
        await storage.store("a", stream(b"other"))
        assert (await storage.stat("a")).etag != file.etag
        with pytest.raises(StorageFailure):
            [part async for part in storage.read("a", file, 0, 5)]

    async def test_what_was_deleted_is_gone(self, storage: Storage) -> None:
        await storage.store("a", stream(b"first"))
        await storage.delete("a")
        await storage.delete("a")
        await storage.remove("a")
        with pytest.raises(InvalidRequest, match="there is no"):
            await storage.stat("a")

    @pytest.mark.parametrize("path", ["", "/a", "../a", "a/../../b", "a\0b", "x" * 3000, ".jobsvc-partial-1"])
    async def test_paths_that_cannot_be_are_refused(self, storage: Storage, path: str) -> None:
        with pytest.raises(InvalidRequest):
            await storage.store(path, stream(b"x"))
        with pytest.raises(InvalidRequest):
            await storage.stat(path)

    async def test_a_workspace_that_is_there_can_be_checked(self, storage: Storage) -> None:
        await storage.check()

    async def test_one_that_is_not_there_is_refused(self, missing: Storage) -> None:
        with pytest.raises(InvalidRequest):
            await missing.check()


def _files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
