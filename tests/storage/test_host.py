"""Files of workspaces: what is opened is what was checked, and a copy is the file as it is."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from jobsvc.domain.errors import Conflict, InvalidRequest, StorageFailure
from jobsvc.domain.outcome import FileIdentity
from jobsvc.storage import host, partial

MIB = 1 << 20


def size_of(root: Path, path: str, member: str) -> int:
    """The size in bytes of a file of a workspace."""
    descriptor = host.open_file(root, path, member)
    try:
        return os.fstat(descriptor).st_size
    finally:
        os.close(descriptor)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty workspace."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A directory that is none of the workspace's business."""
    (tmp_path / "outside").mkdir()
    return tmp_path / "outside"


async def chunks(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


def entries(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


@pytest.mark.parametrize("path", ["a/" * 101 + "b", "a/" * 1400 + "b", "ä/" * 900 + "b", "x" * 256, ".jobsvc-partial-x/a"])
def test_paths_that_cannot_be_stored_are_refused(root: Path, path: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^file_path: "):
        host.check_relative(path, "file_path")
    with pytest.raises(InvalidRequest):
        host.import_file(root, path, root)


async def test_the_longest_path(root: Path) -> None:
    path = "/".join(["x" * 24] * 100)
    assert await host.store(root, path, chunks(b"a", b"b")) == 2
    assert size_of(root, path, "file_path") == 2


async def test_a_directory_that_becomes_a_link_while_the_bytes_come(root: Path, outside: Path) -> None:
    async def swapping() -> AsyncIterator[bytes]:
        yield b"a"
        (root / "d").rmdir()
        (root / "d").symlink_to(outside)
        yield b"b"

    (root / "d").mkdir()
    with pytest.raises(InvalidRequest, match="leads out of the workspace"):
        await host.store(root, "d/file", swapping())
    assert (entries(root), entries(outside)) == (["d"], [])


async def test_uploads_never_land_outside_however_fast_a_directory_changes(root: Path, outside: Path) -> None:
    """One task swaps a directory and a link to the outside, all the time."""
    (root / "real").mkdir()
    (root / "link").symlink_to(outside)
    ended = False

    def swap() -> None:
        while not ended:
            for name in ("real", "link"):
                with suppress(OSError):  # the upload has made the directory meanwhile
                    (root / name).rename(root / "d")
                    (root / "d").rename(root / name)
            if (root / "d").is_dir() and not (root / "d").is_symlink():
                shutil.rmtree(root / "d", ignore_errors=True)

    swapping = asyncio.create_task(asyncio.to_thread(swap))
    stored = 0
    for number in range(300):
        try:
            await host.store(root, f"d/{number}", chunks(b"x"))
            stored += 1
        except (InvalidRequest, Conflict, StorageFailure):
            pass
    ended = True
    await swapping
    assert entries(outside) == []
    assert not [name for name in entries(root) if partial.PREFIX in name]


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to(path)])
def test_what_is_no_regular_file_has_no_size(root: Path, make: object) -> None:
    make(root / "a")  # type: ignore[operator]
    with pytest.raises(InvalidRequest, match=r"^file_path: there is no regular file 'a'"):
        size_of(root, "a", "file_path")
    with pytest.raises(InvalidRequest, match=r"^file_path: there is no regular file 'a/b'"):
        size_of(root, "a/b", "file_path")


@pytest.mark.parametrize("path", ["proc/self/environ", "proc/kmsg", "dev/null", "sys/kernel/notes"])
def test_files_of_the_system_are_refused(path: str) -> None:
    with pytest.raises(InvalidRequest, match="is a system file"):
        size_of(Path("/"), path, "file_path")


def test_a_copy_has_the_holes_of_its_file(root: Path, outside: Path) -> None:
    source = outside / "sparse"
    with source.open("wb") as file:
        file.truncate(2048 * MIB)
        for offset in (0, 1000 * MIB, 2047 * MIB):
            file.seek(offset)
            file.write(b"data" * 1000)
    assert host.import_file(root, "d/copy", source) == 2048 * MIB
    copy = root / "d/copy"
    assert copy.stat().st_blocks * 512 < MIB
    with source.open("rb") as one, copy.open("rb") as other:
        for offset in (0, MIB, 1000 * MIB, 2047 * MIB):
            one.seek(offset)
            other.seek(offset)
            assert one.read(8192) == other.read(8192)


@pytest.mark.parametrize("size", [0, 1, 5 * MIB + 3])
def test_a_copy_is_the_same(root: Path, outside: Path, size: int) -> None:
    content = os.urandom(size)
    (outside / "file").write_bytes(content)
    assert host.import_file(root, "copy", outside / "file") == size
    assert (root / "copy").read_bytes() == content
    assert entries(root) == ["copy"]


def test_files_of_another_disk_are_copied_too(root: Path) -> None:
    other = Path("/dev/shm")  # noqa: S108 (a disk of its own)
    source = other / f"jobsvc-test-{os.getpid()}"
    source.write_bytes(b"x" * MIB)
    try:
        assert host.import_file(root, "copy", source) == MIB
    finally:
        source.unlink()
    assert (root / "copy").read_bytes() == b"x" * MIB


def test_only_the_file_that_was_captured_is_taken(root: Path, outside: Path) -> None:
    for name in ("output", "secret"):
        (outside / name).write_text(name)
    facts = (outside / "output").stat()
    identity = FileIdentity(facts.st_dev, facts.st_ino)
    assert host.import_file(root, "first", outside / "output", identity) == 6
    (outside / "output").rename(outside / "moved")
    for make in (os.mkfifo, lambda path: path.symlink_to("secret"), lambda path: path.write_text("other")):
        make(outside / "output")
        with pytest.raises(StorageFailure, match=r"cannot be written"):
            host.import_file(root, "second", outside / "output", identity)
        (outside / "output").unlink()
    assert entries(root) == ["first"]


def test_a_sweep_removes_what_nobody_writes_any_more(root: Path) -> None:
    left = f"{partial.PREFIX}left"
    (root / left).touch()
    (root / f"{partial.PREFIX}directory").mkdir()
    (root / f"{partial.PREFIX}link").symlink_to("kept")
    (root / "kept").touch()
    path, file = partial.new_partial(root)
    with file:
        assert partial.sweep(root) == [left]
        assert path.exists()
    assert partial.sweep(root) == [path.name]
    assert entries(root) == [f"{partial.PREFIX}directory", f"{partial.PREFIX}link", "kept"]


async def test_a_sweep_leaves_an_upload_alone(root: Path) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        assert partial.sweep(root) == []
        yield b"b"

    assert await host.store(root, "file", slow()) == 2
    assert entries(root) == ["file"]
