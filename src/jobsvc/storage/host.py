"""The `host` broker: a workspace is a directory of the host.

Paths come from requests and from jobs. They are relative, and what they resolve to, links included, has to lie inside
of the workspace; nothing that exists is ever overwritten.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterable
from pathlib import Path, PurePosixPath
from uuid import uuid4

from jobsvc.domain.errors import Conflict, InvalidRequest, StorageFailure

_PARTIAL = ".jobsvc-partial-"
_LONGEST_NAME = 255
_LONGEST_PATH = 3000
"""Bytes; the rest of what a path may have is left to the workspace's own directory."""


def check_relative(path: str, member: str) -> PurePosixPath:
    """The path when it stays below its directory by its words alone; raises InvalidRequest otherwise."""
    relative = PurePosixPath(path)
    if not path or "\0" in path or relative.is_absolute() or ".." in relative.parts or relative == PurePosixPath():
        raise InvalidRequest(f"{member}: '{path}' must be a relative path inside of the workspace.")
    if len(os.fsencode(path)) > _LONGEST_PATH or any(len(os.fsencode(part)) > _LONGEST_NAME for part in relative.parts):
        raise InvalidRequest(f"{member}: is longer than a file system takes ({_LONGEST_NAME} bytes for a name).")
    if relative.name.startswith(_PARTIAL):
        raise InvalidRequest(f"{member}: names that begin with {_PARTIAL} belong to unfinished uploads.")
    return relative


def locate(root: Path, path: str, member: str) -> Path:
    """Where a workspace's file lies; raises InvalidRequest when the path, or a link on it, leads out of the workspace."""
    found = root / check_relative(path, member)
    if not found.resolve().is_relative_to(root.resolve()):
        raise InvalidRequest(f"{member}: '{path}' leads out of the workspace.")
    return found


def size_of(root: Path, path: str, member: str) -> int:
    """The size in bytes of a regular file of a workspace."""
    found = locate(root, path, member)
    try:
        if found.is_file():
            return found.stat().st_size
    except OSError as problem:
        raise StorageFailure(f"'{path}' cannot be read: {problem.strerror}.") from problem
    raise InvalidRequest(f"{member}: there is no file '{path}' in the workspace.")


async def store(root: Path, path: str, chunks: AsyncIterable[bytes]) -> int:
    """Write a new file from a stream; gives its size in bytes.

    The bytes go to a temporary name beside it, which is gone again when the stream breaks off. Raises Conflict when
    the path is taken.
    """
    target = locate(root, path, "file_path")
    partial = target.with_name(f"{_PARTIAL}{uuid4().hex}")
    try:
        await asyncio.to_thread(target.parent.mkdir, parents=True, exist_ok=True)
        size = await _write(partial, chunks)
        await asyncio.to_thread(_publish, partial, target)
    except (FileExistsError, NotADirectoryError) as problem:
        raise Conflict(f"The workspace has a file at '{path}', or above it, already.") from problem
    except OSError as problem:
        raise StorageFailure(f"'{path}' cannot be written: {problem.strerror}.") from problem
    finally:
        _drop(partial)
    return size


def adopt(root: Path, path: str, source: Path) -> int:
    """Take a file that an execution produced into a workspace; gives its size in bytes."""
    target = locate(root, path, "file_path")
    partial = target.with_name(f"{_PARTIAL}{uuid4().hex}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(target)
        return target.stat().st_size
    except OSError as problem:
        raise StorageFailure(f"'{path}' cannot be written: {problem.strerror}.") from problem
    finally:
        _drop(partial)


def remove(root: Path, path: str) -> None:
    """Take back a file that was stored but is not wanted; what is gone already is fine."""
    with contextlib.suppress(OSError, InvalidRequest):
        locate(root, path, "file_path").unlink(missing_ok=True)


def remove_directory(root: Path, path: str) -> None:
    """Take back the directory that was made for this file alone, if it is empty."""
    with contextlib.suppress(OSError, InvalidRequest):
        locate(root, path, "file_path").parent.rmdir()


def _drop(partial: Path) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        partial.unlink()


async def _write(partial: Path, chunks: AsyncIterable[bytes]) -> int:
    size = 0
    with await asyncio.to_thread(partial.open, "xb") as file:
        async for chunk in chunks:
            size += await asyncio.to_thread(file.write, chunk)
        file.flush()
        await asyncio.to_thread(os.fsync, file.fileno())
    return size


def _publish(partial: Path, target: Path) -> None:
    # A link, unlike a rename, fails when the name is taken.
    os.link(partial, target)
